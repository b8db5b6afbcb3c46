package fuzz

import (
	"hash/crc32"
	"testing"

	"bedrockwire/crc"
)

// FuzzCRC compares package crc with hash/crc32, in one piece and in two, from any
// state.
func FuzzCRC(f *testing.F) {
	for _, v := range frameSeeds(f) {
		f.Add(uint32(len(v.Stream)), v.Stream, uint16(len(v.Stream)/2))
	}
	f.Fuzz(func(t *testing.T, sum uint32, p []byte, split uint16) {
		want := crc32.Update(sum, crc32.IEEETable, p)
		if got := crc.Update(sum, p); got != want {
			t.Fatalf("Update(%08x, % x) = %08x, want %08x", sum, p, got, want)
		}
		n := min(int(split), len(p))
		if got := crc.Update(crc.Update(sum, p[:n]), p[n:]); got != want {
			t.Fatalf("split at %d: %08x, want %08x", n, got, want)
		}
		if got, want := crc.Checksum(p), crc32.ChecksumIEEE(p); got != want {
			t.Fatalf("Checksum = %08x, want %08x", got, want)
		}
		if len(p) >= 8 {
			if got, want := crc.Prelude((*[8]byte)(p)), crc32.ChecksumIEEE(p[:8]); got != want {
				t.Fatalf("Prelude = %08x, want %08x", got, want)
			}
		}
	})
}
