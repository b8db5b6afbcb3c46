// Package bench holds the benchmarks of this module, and nothing else. Names
// are key=value pairs, ready for benchstat:
//
//	go test ./bench -bench Reader -count 10 | tee new.txt
//	benchstat -col /impl new.txt
//
// Benchmarks that set one figure against another (a decoder against the bare
// checksums of the same bytes) measure both in turns within one run and report
// the ratio as a metric, so that a busy machine slows both alike. Comparisons
// with other libraries live in the nested module bench/peers.
package bench
