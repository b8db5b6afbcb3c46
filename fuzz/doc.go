// Package fuzz holds the fuzz targets of this module, as external tests, and the
// small corpora that earlier runs have left in testdata. One target:
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzFrameRaw$' -fuzztime 60s
//
// Without -fuzz the seeds and the corpora run as ordinary tests. Seeds come from
// the same vectors as the tests, and a target without seeds fails. Frames that a
// fuzzer has changed get right checksums again where a target is about what lies
// behind them, because otherwise nothing would ever get there.
package fuzz
