package client

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"bedrockwire/frame/frametest"
)

// parts returns each of its parts by one Read, and counts the Reads.
type parts struct {
	left  [][]byte
	reads int
}

func (p *parts) Read(b []byte) (int, error) {
	p.reads++
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.left[0])
	if p.left[0] = p.left[0][n:]; len(p.left[0]) == 0 {
		p.left = p.left[1:]
	}
	return n, nil
}

func (p *parts) Close() error { return nil }

// TestBuffered: as many calls of Next as Buffered says need no Read, whatever comes in which Read.
func TestBuffered(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte(`{"outputText":"a"}`), 3)
	unknown := frametest.EventFrame("later", []byte(`{}`))
	exception := frametest.ExceptionFrame("throttlingException", "slow down")
	corrupt := frametest.Flip(bytes.Clone(chunk), 8*len(chunk)-1)
	for _, row := range []struct {
		name  string
		parts [][]byte
		want  []int // before the first call of Next, and after each that returns a chunk
	}{
		{"nothing", nil, []int{0}},
		{"one by one", [][]byte{chunk, chunk, chunk}, []int{0, 0, 0, 0}},
		{"together after the first", [][]byte{chunk, slices.Concat(chunk, chunk, chunk)}, []int{0, 0, 2, 1, 0}},
		{"and a part of one", [][]byte{chunk, slices.Concat(chunk, chunk, chunk[:20]), chunk[20:]}, []int{0, 0, 1, 0, 0}},
		{"and a part of a prelude", [][]byte{chunk, slices.Concat(chunk, chunk, chunk[:3]), chunk[3:]}, []int{0, 0, 1, 0, 0}},
		{"an event that is skipped", [][]byte{chunk, slices.Concat(chunk, chunk, unknown, chunk)}, []int{0, 0, 1, 0, 0}},
		{"an exception", [][]byte{chunk, slices.Concat(chunk, exception, chunk)}, []int{0, 0, 0}},
		{"a corrupt frame", [][]byte{chunk, slices.Concat(chunk, chunk, corrupt, chunk)}, []int{0, 0, 1, 0}},
		{"a length that is none", [][]byte{chunk, slices.Concat(chunk, make([]byte, 16))}, []int{0, 0, 0}},
	} {
		src := &parts{left: row.parts}
		s := NewStream(src, &StreamOptions{AllowIncomplete: true})
		got := []int{s.Buffered()}
		for {
			buffered, reads := s.Buffered(), src.reads
			_, err := s.Next()
			if buffered > 0 && (err != nil || src.reads != reads) {
				t.Errorf("%s: with %d buffered, Next read %d times and returned %v", row.name, buffered, src.reads-reads, err)
			}
			if err != nil {
				break
			}
			if got = append(got, s.Buffered()); s.Buffered() != got[len(got)-1] {
				t.Errorf("%s: a second call of Buffered returns %d", row.name, s.Buffered())
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
		if s.Buffered() != 0 {
			t.Errorf("%s: %d after the end", row.name, s.Buffered())
		}
	}
	if (*Stream)(nil).Buffered() != 0 || new(Stream).Buffered() != 0 || (*ConverseStream)(nil).Buffered() != 0 || (*EventStream)(nil).Buffered() != 0 {
		t.Error("a stream that was not made by this package has events")
	}
}

// TestBufferedPeeked: the event that a call has waited for counts.
func TestBufferedPeeked(t *testing.T) {
	srv := newFake(t)
	s := open(t, newClient(t, srv.URL))
	if s.Buffered() < 1 {
		t.Errorf("%d after the call", s.Buffered())
	}
	if s := open(t, newClient(t, srv.URL, atHead)); s.Buffered() != 0 {
		t.Errorf("%d before anything was read", s.Buffered())
	}
}

// TestBufferedAllocations: a relay that asks after each chunk allocates nothing.
func TestBufferedAllocations(t *testing.T) {
	chunk := frametest.SizedChunk(256)
	body := bytes.Repeat(chunk, 3000)
	s := NewStream(io.NopCloser(bytes.NewReader(body)), &StreamOptions{AllowIncomplete: true})
	for range 100 { // the buffers have their size
		if _, err := s.Next(); err != nil {
			t.Fatal(err)
		}
	}
	most := 0
	if n := testing.AllocsPerRun(2000, func() {
		if _, err := s.Next(); err != nil {
			t.Fatal(err)
		}
		most = max(most, s.Buffered())
	}); n != 0 {
		t.Errorf("%v allocations a chunk", n)
	}
	if most < 10 {
		t.Errorf("at most %d chunks were buffered", most)
	}
}
