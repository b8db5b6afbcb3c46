package frametest

import (
	"bytes"
	"io"
	"math/rand/v2"
)

// Flip returns a copy of b with one bit inverted; bit 0 is the lowest bit of the
// first byte.
func Flip(b []byte, bit int) []byte {
	c := bytes.Clone(b)
	c[bit/8] ^= 1 << (bit % 8)
	return c
}

// Burst inverts the bits of pattern in b, in place, the pattern's lowest bit at
// the given bit of b. Bits beyond the end are left out. A second call undoes it.
func Burst(b []byte, bit int, pattern uint32) {
	for ; pattern != 0 && bit < 8*len(b); bit, pattern = bit+1, pattern>>1 {
		b[bit/8] ^= byte(pattern&1) << (bit % 8)
	}
}

// Mutate returns a copy of b with one to three random changes of the kinds that
// fuzzers make: bytes set, runs removed, inserted or repeated.
func Mutate(r *rand.Rand, b []byte) []byte {
	c := bytes.Clone(b)
	for range 1 + r.IntN(3) {
		i := 0
		if len(c) > 0 {
			i = r.IntN(len(c))
		}
		n := min(len(c)-i, 1+r.IntN(8))
		switch r.IntN(5) {
		case 0:
			if len(c) > 0 {
				c[i] = byte(r.Uint32())
			}
		case 1:
			if len(c) > 0 {
				c[i] = [...]byte{0, 1, 2, 6, 7, 9, 10, 0x7f, 0x80, 0xff}[r.IntN(10)]
			}
		case 2:
			c = append(c[:i:i], c[i+n:]...)
		case 3:
			c = append(c[:i:i], append(bytes.Clone(c[i:i+n]), c[i:]...)...)
		default:
			c = append(c[:i:i], append([]byte{byte(r.Uint32()), byte(r.Uint32())}, c[i:]...)...)
		}
	}
	return c
}

// Split returns a reader that delivers b in pieces that end at the given
// offsets, which must be ascending; what is after the last one comes last. No
// Read returns bytes of two pieces.
func Split(b []byte, at ...int) io.Reader {
	s := &split{}
	last := 0
	for _, n := range at {
		s.pieces = append(s.pieces, b[last:n])
		last = n
	}
	s.pieces = append(s.pieces, b[last:])
	return s
}

type split struct{ pieces [][]byte }

func (s *split) Read(p []byte) (int, error) {
	for len(s.pieces) > 0 && len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	s.pieces[0] = s.pieces[0][n:]
	return n, nil
}

// FailWith returns a reader that delivers what r does, and err where r ends. With
// the last bytes it returns err at once if together is set, as readers may.
func FailWith(r io.Reader, err error, together bool) io.Reader {
	return &failing{r: r, err: err, together: together}
}

type failing struct {
	r        io.Reader
	err      error
	together bool
	next     []byte // read ahead, to know which bytes are the last
	buf      [512]byte
	done     bool
}

func (f *failing) Read(p []byte) (int, error) {
	if len(f.next) == 0 && !f.done {
		f.fill()
	}
	n := copy(p, f.next)
	f.next = f.next[n:]
	if len(f.next) == 0 && !f.done && f.together {
		f.fill()
	}
	if len(f.next) == 0 && f.done && (f.together || n == 0) {
		return n, f.err
	}
	return n, nil
}

func (f *failing) fill() {
	n, err := f.r.Read(f.buf[:])
	f.next = f.buf[:n]
	f.done = err != nil
}

// Delivery is a way in which bytes can arrive.
type Delivery struct {
	Name   string
	Reader func(b []byte) io.Reader
}

// Deliveries returns the ways in which a decoder must give the same result:
// whole, one byte at a time, in halves of what is asked for, with the end
// reported together with the last bytes, and with reads that return nothing in
// between.
func Deliveries() []Delivery {
	return []Delivery{
		{"whole", func(b []byte) io.Reader { return bytes.NewReader(b) }},
		{"one byte", func(b []byte) io.Reader { return &paced{b: b, max: 1} }},
		{"half", func(b []byte) io.Reader { return &paced{b: b, half: true} }},
		{"data with EOF", func(b []byte) io.Reader { return FailWith(bytes.NewReader(b), io.EOF, true) }},
		{"empty reads", func(b []byte) io.Reader { return &paced{b: b, max: 7, empty: true} }},
	}
}

type paced struct {
	b           []byte
	max         int
	half, empty bool
	turn        bool
}

func (r *paced) Read(p []byte) (int, error) {
	if r.turn = !r.turn; r.turn && r.empty {
		return 0, nil
	}
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := len(p)
	if r.half {
		n = (n + 1) / 2
	}
	if r.max > 0 {
		n = min(n, r.max)
	}
	n = copy(p[:n], r.b)
	r.b = r.b[n:]
	return n, nil
}
