package crc

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// vectors holds published check values of CRC-32/ISO-HDLC; the same rows seed
// the fuzz target.
var vectors = []struct {
	name string
	in   []byte
	want uint32
}{
	{"empty", nil, 0},
	{"check value", []byte("123456789"), 0xcbf43926},
	{"a", []byte("a"), 0xe8b7be43},
	{"abc", []byte("abc"), 0x352441c2},
	{"32 zero bytes", make([]byte, 32), 0x190a55ad},
	{"32 bytes ff", filled(32, 0xff), 0xff6cab0b},
	{"00 to 1f", ascending(32), 0x91267e8a},
	{"pangram", []byte("The quick brown fox jumps over the lazy dog"), 0x414fa339},
}

func filled(n int, c byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = c
	}
	return b
}

func ascending(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func random(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// bitwise is the definition of the sum, one bit at a time.
func bitwise(sum uint32, p []byte) uint32 {
	s := ^sum
	for _, c := range p {
		s ^= uint32(c)
		for range 8 {
			s = s>>1 ^ 0xEDB88320&-(s&1)
		}
	}
	return ^s
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		if got := Checksum(v.in); got != v.want {
			t.Errorf("%s: Checksum = %08x, want %08x", v.name, got, v.want)
		}
		if got := bitwise(0, v.in); got != v.want {
			t.Errorf("%s: the definition gives %08x, want %08x", v.name, got, v.want)
		}
	}
}

// TestEveryLengthAndAlignment covers all cut-offs of this package and of
// hash/crc32 (16, 64 and 1024 bytes), with neighbours that are not zero.
func TestEveryLengthAndAlignment(t *testing.T) {
	const maxLen, maxAlign = 4200, 16
	data := random(1, maxLen+maxAlign)
	cases := 0
	for align := range maxAlign {
		for n := 0; n <= maxLen; n++ {
			p := data[align : align+n]
			want := crc32.ChecksumIEEE(p)
			if got := Checksum(p); got != want {
				t.Fatalf("len=%d align=%d: Checksum = %08x, want %08x", n, align, got, want)
			}
			if n < 200 {
				if got := short(0, p); got != want {
					t.Fatalf("len=%d align=%d: short = %08x, want %08x", n, align, got, want)
				}
			}
			cases++
		}
	}
	t.Logf("%d lengths and alignments agree with hash/crc32", cases)
}

func TestAgainstDefinition(t *testing.T) {
	data := random(2, 600)
	for n := range data {
		if got, want := Checksum(data[:n]), bitwise(0, data[:n]); got != want {
			t.Fatalf("len=%d: Checksum = %08x, want %08x", n, got, want)
		}
	}
}

// TestUpdateContinues splits one input at every place, from every kind of state.
func TestUpdateContinues(t *testing.T) {
	data := random(3, 400)
	want := crc32.ChecksumIEEE(data)
	for i := range len(data) + 1 {
		if got := Update(Checksum(data[:i]), data[i:]); got != want {
			t.Fatalf("split at %d: %08x, want %08x", i, got, want)
		}
	}
	r := rand.New(rand.NewPCG(4, 1))
	for range 10000 {
		sum, p := r.Uint32(), data[r.IntN(200):200+r.IntN(200)]
		if got, want := Update(sum, p), crc32.Update(sum, crc32.IEEETable, p); got != want {
			t.Fatalf("sum=%08x len=%d: %08x, want %08x", sum, len(p), got, want)
		}
	}
}

func TestPrelude(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	var p [8]byte
	for i := range 10000 {
		for j := range p {
			p[j] = byte(r.Uint32())
		}
		if i < 256*8 { // every byte in every place
			p[i/256] = byte(i)
		}
		if got, want := Prelude(&p), crc32.ChecksumIEEE(p[:]); got != want {
			t.Fatalf("% x: %08x, want %08x", p, got, want)
		}
	}
}

// TestFrame follows the drawing in the package documentation on the shortest
// frame there is, the public vector without headers and payload.
func TestFrame(t *testing.T) {
	b := []byte{0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff}
	sum := Prelude((*[8]byte)(b))
	if sum != 0x05c248eb {
		t.Errorf("prelude CRC %08x, want 05c248eb", sum)
	}
	if sum = Update(sum, b[8:12]); sum != 0x7d98c8ff {
		t.Errorf("message CRC %08x, want 7d98c8ff", sum)
	}
}

func TestAllocs(t *testing.T) {
	data := random(6, 5000)
	var sum uint32
	if n := testing.AllocsPerRun(100, func() {
		for _, l := range []int{0, 3, 8, 63, 64, 300, 5000} {
			sum = Update(sum, data[:l])
		}
		sum ^= Prelude((*[8]byte)(data))
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func ExampleUpdate() {
	sum := Checksum([]byte("1234"))
	sum = Update(sum, []byte("56789"))
	fmt.Printf("%08x\n", sum)
	// Output: cbf43926
}
