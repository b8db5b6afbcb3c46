package bench

import (
	"fmt"
	"hash/crc32"
	"math/bits"
	"testing"
	"time"

	"bedrockwire/crc"
)

// sum keeps the compiler from dropping the work.
var sum uint32

// crcSizes are the lengths on both sides of every cut-off of both
// implementations, and the sums of a 256-byte frame (244 bytes behind the
// prelude), a typical frame and the largest of the sweep.
var crcSizes = []int{0, 4, 8, 12, 15, 16, 31, 32, 63, 64, 79, 80, 127, 128, 244, 252, 512, 1020, 1023, 1024, 1031, 4096, 16380, 65532, 65536}

func crcInput(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i * 7)
	}
	return p
}

// BenchmarkCRC compares crc.Update with hash/crc32 at the sizes that matter.
func BenchmarkCRC(b *testing.B) {
	for _, n := range crcSizes {
		p := crcInput(n)
		b.Run(fmt.Sprintf("size=%d/impl=crc", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for range b.N {
				sum = crc.Update(sum, p)
			}
		})
		b.Run(fmt.Sprintf("size=%d/impl=hash-crc32", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for range b.N {
				sum = crc32.Update(sum, crc32.IEEETable, p)
			}
		})
	}
}

func BenchmarkPrelude(b *testing.B) {
	p := [8]byte{0, 0, 1, 11, 0, 0, 0, 75}
	b.Run("impl=crc", func(b *testing.B) {
		for i := range b.N {
			p[3] = byte(i)
			sum ^= crc.Prelude(&p)
		}
	})
	b.Run("impl=hash-crc32", func(b *testing.B) {
		for i := range b.N {
			p[3] = byte(i)
			sum ^= crc32.ChecksumIEEE(p[:])
		}
	})
}

// BenchmarkCRCSweep measures both implementations at every length from 0 to
// 1100 and at growing steps up to 64 KiB, in short turns so that noise hits both
// alike, and reports the worst and the middle ratio of crc to hash/crc32: at 1
// or below, crc is never slower. One iteration is one sweep.
func BenchmarkCRCSweep(b *testing.B) {
	var lengths []int
	for n := 0; n <= 64<<10; n += 1 + n/1100*(n/64) {
		lengths = append(lengths, n)
	}
	p := crcInput(64 << 10)
	var worst, at float64
	var all []float64
	for range b.N {
		worst, all = 0, all[:0]
		for _, n := range lengths {
			ours, theirs := sweep(p[:n])
			ratio := float64(ours) / float64(theirs)
			all = append(all, ratio)
			if ratio > worst {
				worst, at = ratio, float64(n)
			}
		}
	}
	b.ReportMetric(float64(len(lengths)), "lengths")
	b.ReportMetric(worst, "worst-ratio")
	b.ReportMetric(at, "worst-at-bytes")
	b.ReportMetric(median(all), "median-ratio")
}

// sweep returns the best of several turns of each implementation over p. The
// best is the figure that other load on the machine can't move.
func sweep(p []byte) (ours, theirs time.Duration) {
	const turns = 15
	calls := 1 + (1<<15)/(len(p)+64)
	calls = 1 << bits.Len(uint(calls)-1)
	ours, theirs = 1<<62, 1<<62
	for range turns {
		t := time.Now()
		for range calls {
			sum = crc.Update(sum, p)
		}
		ours = min(ours, time.Since(t))
		t = time.Now()
		for range calls {
			sum = crc32.Update(sum, crc32.IEEETable, p)
		}
		theirs = min(theirs, time.Since(t))
	}
	return ours, theirs
}
