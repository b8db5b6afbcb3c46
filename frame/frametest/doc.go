// Package frametest helps to test code that reads or writes event streams: test
// vectors, builders for frames both right and wrong, mutators, and readers that
// deliver bytes in awkward pieces. It is written for the tests, fuzz targets and
// benchmarks of this module, and for those of its users; nothing in it imports
// package testing.
//
// # Vectors
//
// [Vectors] returns the rows of the JSON files in testdata, which are meant for
// decoders in any language; the README next to them describes the format. Each
// row is a whole stream, the frames that must come out of it, and how it ends.
// The published vectors of other implementations are among them (P1 to P18, N1
// to N14). Every negative row has one fault, and one expected error.
//
// # Builders
//
// Append of package frame refuses to make a wrong frame. [Raw], [RawHeader]
// and [Prelude] make any, with right checksums, and [Repair] repairs the checksums
// of a frame that was changed; otherwise a fuzzer would not get past them. They
// share no code with package frame, so that they can check it.
package frametest
