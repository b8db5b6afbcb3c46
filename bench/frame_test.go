package bench

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"bedrockwire/crc"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// chunkSizes are the sizes of chunk frames: the shortest one, what Bedrock sends
// for a token or two, longer texts, and beyond the buffer that a Reader starts
// with.
var chunkSizes = []int{128, 256, 1024, 4096, 64 << 10}

// loop is a source that delivers the same frames again and again.
type loop struct {
	b  []byte
	at int
}

func (l *loop) Read(p []byte) (int, error) {
	if l.at == len(l.b) {
		l.at = 0
	}
	n := copy(p, l.b[l.at:])
	l.at += n
	return n, nil
}

// repeated returns frames of the given size, 64 KiB of them or a single one.
func repeated(size int) []byte {
	return bytes.Repeat(frametest.SizedChunk(size), max(1, 64<<10/size))
}

func parse(b *testing.B, data []byte) {
	if _, _, err := frame.Parse(data); err != nil {
		b.Fatal(err)
	}
}

// floor is what no decoder can do without: both checksums of the same bytes.
func floor(b *testing.B, data []byte) {
	s := crc.Prelude((*[8]byte)(data))
	if s = crc.Update(s, data[8:len(data)-4]); byte(s) != data[len(data)-1] {
		b.Fatal("wrong checksum")
	}
}

func BenchmarkParse(b *testing.B) {
	for _, size := range chunkSizes {
		b.Run(fmt.Sprintf("frame=chunk/size=%d", size), func(b *testing.B) {
			data := frametest.SizedChunk(size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				parse(b, data)
			}
		})
	}
	vectors, err := frametest.Vectors()
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range vectors {
		if v.Name == "P15 all types" || v.Name == "1024 headers" {
			b.Run(fmt.Sprintf("frame=%dheaders/size=%d", len(v.Frames[0].Headers), len(v.Stream)), func(b *testing.B) {
				b.SetBytes(int64(len(v.Stream)))
				b.ReportAllocs()
				for range b.N {
					parse(b, v.Stream)
				}
			})
		}
	}
}

func BenchmarkReader(b *testing.B) {
	for _, size := range chunkSizes {
		b.Run(fmt.Sprintf("frame=chunk/size=%d", size), func(b *testing.B) {
			r := frame.NewReader(&loop{b: repeated(size)})
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				if _, err := r.Next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	headers := []frame.Header{
		{Name: ":event-type", Value: frame.StringValue("chunk")},
		{Name: ":content-type", Value: frame.StringValue("application/json")},
		{Name: ":message-type", Value: frame.StringValue("event")},
	}
	for _, size := range chunkSizes {
		b.Run(fmt.Sprintf("frame=chunk/size=%d", size), func(b *testing.B) {
			payload := frametest.SizedChunk(size)[87 : size-4]
			var dst []byte
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				var err error
				if dst, err = frame.Append(dst[:0], headers, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHeaders is what a caller pays to find out what a message is.
func BenchmarkHeaders(b *testing.B) {
	m, _, err := frame.Parse(frametest.SizedChunk(256))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("op=get", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if v, ok := m.Headers.Get(":event-type"); !ok || !v.EqualText("chunk") {
				b.Fatal("no chunk")
			}
		}
	})
	b.Run("op=all", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			n := 0
			for range m.Headers.All() {
				n++
			}
			if n != 3 {
				b.Fatal(n)
			}
		}
	})
}

// BenchmarkFloor measures the decoder and the bare checksums of the same bytes
// in turns, within one run, and reports the ratio of their medians. The Reader's
// floor reads the same bytes from the same source as well: a Reader must copy
// them, and at tens of gigabytes a second a copy costs as much as a checksum. Its
// ratio to the checksums alone is reported too.
//
// One iteration is one turn of each, over 64 KiB of frames or more.
func BenchmarkFloor(b *testing.B) {
	for _, size := range chunkSizes {
		data := repeated(size)
		frames := len(data) / size
		const rounds = 4
		per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(rounds*frames) }

		b.Run(fmt.Sprintf("frame=chunk/size=%d", size), func(b *testing.B) {
			r := frame.NewReader(&loop{b: data})
			src, buf := &loop{b: data}, make([]byte, 32<<10)
			var bare, parsed, copied, read []float64
			turn := func(into *[]float64, f func()) {
				t := time.Now()
				for range rounds {
					f()
				}
				*into = append(*into, per(time.Since(t)))
			}
			for range max(b.N, 50) {
				turn(&bare, func() {
					for i := range frames {
						floor(b, data[i*size:(i+1)*size])
					}
				})
				turn(&parsed, func() {
					for i := range frames {
						parse(b, data[i*size:(i+1)*size])
					}
				})
				turn(&copied, func() {
					for n := 0; n < len(data); {
						k, err := src.Read(buf)
						if err != nil {
							b.Fatal(err)
						}
						n += k
					}
					for i := range frames {
						floor(b, data[i*size:(i+1)*size])
					}
				})
				turn(&read, func() {
					for range frames {
						if _, err := r.Next(); err != nil && err != io.EOF {
							b.Fatal(err)
						}
					}
				})
			}
			b.ReportMetric(0, "ns/op") // of the turns, which means nothing
			b.ReportMetric(median(bare), "floor-ns/frame")
			b.ReportMetric(median(parsed), "parse-ns/frame")
			b.ReportMetric(median(read), "reader-ns/frame")
			b.ReportMetric(median(parsed)/median(bare), "parse/floor")
			b.ReportMetric(median(read)/median(bare), "reader/floor")
			b.ReportMetric(median(read)/median(copied), "reader/floor+copy")
		})
	}
}
