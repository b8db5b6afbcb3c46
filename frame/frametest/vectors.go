package frametest

import (
	"bytes"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"bedrockwire/frame"
)

//go:embed testdata/*.json
var files embed.FS

// Vector is a stream and what must come of it.
type Vector struct {
	Name   string  // unique; P1 to P18 and N1 to N14 are published vectors
	Source string  // who published it, or "generated"
	Fault  string  // the one thing that is wrong, in words; "" if nothing is
	Stream []byte  // the whole stream
	Frames []Frame // the frames to deliver, in order
	End    error   // io.EOF, or the kind of error, such as frame.ErrLength
	Offset int64   // of the error; see frame.Error
}

// Negative reports whether the vector ends with an error.
func (v Vector) Negative() bool { return v.End != io.EOF }

// Frame is a frame that a vector delivers.
type Frame struct {
	Offset  int64
	Headers []Header
	Payload []byte
}

// Header is a header of such a frame. Value is its text form: "" for true and
// false, decimal for integers and for the milliseconds of a timestamp, hex for
// bytes and UUIDs, and the text of strings.
type Header struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value,omitempty"`
}

// Row is the form of a vector in the JSON files.
type Row struct {
	Name   string     `json:"name"`
	Source string     `json:"source"`
	Fault  string     `json:"fault,omitempty"`
	Hex    string     `json:"hex"`
	Frames []FrameRow `json:"frames"`
	End    string     `json:"end"`
	Offset *int64     `json:"offset,omitempty"`
}

// FrameRow is the form of a frame in the JSON files.
type FrameRow struct {
	Offset  int64    `json:"offset"`
	Headers []Header `json:"headers"`
	Payload string   `json:"payload"`
}

// ends maps the names of ends in the JSON files.
func ends(name string) (error, bool) {
	switch name {
	case "eof":
		return io.EOF, true
	case "truncated":
		return frame.ErrTruncated, true
	case "prelude-crc":
		return frame.ErrPreludeCRC, true
	case "message-crc":
		return frame.ErrMessageCRC, true
	case "length":
		return frame.ErrLength, true
	case "too-large":
		return frame.ErrTooLarge, true
	case "header":
		return frame.ErrHeader, true
	}
	return nil, false
}

// Vectors returns all vectors. It never returns an empty list without an error,
// so that tests can't pass because their data is gone.
func Vectors() ([]Vector, error) {
	entries, err := files.ReadDir("testdata")
	if err != nil {
		return nil, err
	}
	var all []Vector
	names := map[string]bool{}
	for _, e := range entries {
		text, err := files.ReadFile("testdata/" + e.Name())
		if err != nil {
			return nil, err
		}
		var rows []Row
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&rows); err != nil {
			return nil, fmt.Errorf("frametest: %s: %w", e.Name(), err)
		}
		if len(rows) == 0 {
			return nil, fmt.Errorf("frametest: %s is empty", e.Name())
		}
		for _, r := range rows {
			v, err := r.vector()
			if err != nil {
				return nil, fmt.Errorf("frametest: %s: %q: %w", e.Name(), r.Name, err)
			}
			if names[v.Name] {
				return nil, fmt.Errorf("frametest: %s: %q is there twice", e.Name(), v.Name)
			}
			names[v.Name] = true
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("frametest: no vectors")
	}
	return all, nil
}

func (r Row) vector() (Vector, error) {
	v := Vector{Name: r.Name, Source: r.Source, Fault: r.Fault, Offset: -1}
	var err error
	if v.Stream, err = hex.DecodeString(r.Hex); err != nil {
		return v, err
	}
	for _, f := range r.Frames {
		payload, err := hex.DecodeString(f.Payload)
		if err != nil {
			return v, err
		}
		v.Frames = append(v.Frames, Frame{f.Offset, f.Headers, payload})
	}
	var ok bool
	if v.End, ok = ends(r.End); !ok {
		return v, fmt.Errorf("unknown end %q", r.End)
	}
	switch {
	case r.Name == "" || r.Source == "":
		return v, errors.New("no name or no source")
	case v.Negative() != (r.Fault != "") || v.Negative() != (r.Offset != nil):
		return v, errors.New("a fault and an offset go with an error, and with nothing else")
	case r.Offset != nil:
		v.Offset = *r.Offset
	}
	return v, nil
}

// Golden returns the streams of all vectors that are exactly one good frame.
func Golden() ([][]byte, error) {
	vectors, err := Vectors()
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, v := range vectors {
		if !v.Negative() && len(v.Frames) == 1 {
			all = append(all, v.Stream)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("frametest: no golden frames")
	}
	return all, nil
}

// Check decodes with next, usually the Next method of a frame.Reader on the
// vector's stream, until an error, and returns what differs from the vector.
func (v Vector) Check(next func() (frame.Message, error)) error {
	for i, want := range v.Frames {
		m, err := next()
		if err != nil {
			return fmt.Errorf("%s: frame %d: %w", v.Name, i, err)
		}
		if err := want.Equal(m); err != nil {
			return fmt.Errorf("%s: frame %d: %w", v.Name, i, err)
		}
	}
	m, err := next()
	if err == nil {
		return fmt.Errorf("%s: one frame too many, %d headers and %d bytes", v.Name, m.Headers.Len(), len(m.Payload))
	}
	if m.Headers.Len() != 0 || m.Payload != nil {
		return fmt.Errorf("%s: a message together with the error %w", v.Name, err)
	}
	return v.checkEnd(err)
}

func (v Vector) checkEnd(err error) error {
	if !v.Negative() {
		if err != io.EOF {
			return fmt.Errorf("%s: ended with %w, want io.EOF", v.Name, err)
		}
		return nil
	}
	var e *frame.Error
	switch {
	case !errors.As(err, &e):
		return fmt.Errorf("%s: %w is no *frame.Error", v.Name, err)
	case e.Err != v.End:
		return fmt.Errorf("%s: got %w, want %w", v.Name, err, v.End)
	case e.Offset != v.Offset:
		return fmt.Errorf("%s: %w: offset %d, want %d", v.Name, err, e.Offset, v.Offset)
	case e.Frame != int64(len(v.Frames)):
		return fmt.Errorf("%s: %w: frame %d, want %d", v.Name, err, e.Frame, len(v.Frames))
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s: %w is io.EOF", v.Name, err)
	}
	return nil
}

// Equal returns what differs between f and m.
func (f Frame) Equal(m frame.Message) error {
	if !bytes.Equal(m.Payload, f.Payload) {
		return fmt.Errorf("payload %q, want %q", m.Payload, f.Payload)
	}
	if m.Headers.Len() != len(f.Headers) {
		return fmt.Errorf("%d headers, want %d", m.Headers.Len(), len(f.Headers))
	}
	i := 0
	for name, v := range m.Headers.All() {
		got := Header{string(name), v.Type().String(), ValueText(v)}
		if got != f.Headers[i] {
			return fmt.Errorf("header %d is %q, want %q", i, got, f.Headers[i])
		}
		if same, ok := m.Headers.Get(got.Name); !ok || same.Type() != v.Type() || ValueText(same) != got.Value {
			return fmt.Errorf("header %d, %q: Get finds something else", i, got.Name)
		}
		i++
	}
	if i != len(f.Headers) {
		return fmt.Errorf("All yields %d headers, want %d", i, len(f.Headers))
	}
	return nil
}

// ValueText returns the text form of v, as in [Header].
func ValueText(v frame.Value) string {
	if n, ok := v.Int(); ok {
		return strconv.FormatInt(n, 10)
	}
	if b, ok := v.Bytes(); ok {
		return hex.EncodeToString(b)
	}
	if s, ok := v.Text(); ok {
		return s
	}
	if t, ok := v.Time(); ok {
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	if id, ok := v.UUID(); ok {
		return hex.EncodeToString(id[:])
	}
	return ""
}
