package bedrocktest

import (
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// FaultKind is what goes wrong.
type FaultKind uint8

// The kinds. The package's documentation has the table of what each one is on
// HTTP/1.1 and on HTTP/2.
const (
	FaultNone      FaultKind = iota
	FaultReset               // the connection (HTTP/2: the stream) is reset there
	FaultFIN                 // the connection is closed there, the body unfinished
	FaultStall               // silence from there on, for Delay, or until the client goes
	FaultFlip                // bit N (0 to 7) of the byte there is inverted
	FaultDuplicate           // the frame there comes twice
	FaultDrop                // the frame there does not come
	FaultReorder             // the frame there comes after the next one
	FaultDrip                // from there on a byte at a time, Delay apart
	FaultSlice               // from there on N bytes at a time, Delay apart
	FaultLate                // the head of the answer comes after Delay
	FaultEnd                 // the body ends there, politely
	FaultGarbage             // N bytes that are no frame follow the last one

	FaultThrottle    // the first N tries of each invocation get status 429
	FaultHTTP        // the exception Code comes as an HTTP error; a number is a bare status
	FaultException   // an exception message Code comes there and ends the stream
	FaultError       // an error message Code comes there and ends the stream
	FaultUnknown     // an event of the unknown type Code comes there
	FaultIncomplete  // the frame with the terminal event does not come, nor what follows it
	FaultHTML        // status 200 and a page in place of the stream
	FaultContentType // the stream comes with Code as its Content-Type
)

// A value is what a kind's own value in the grammar sets.
type value uint8

const (
	noValue value = iota
	number
	duration
	word
)

// faultKinds has the name of each kind, what its value is, and the defaults of N,
// Delay and Code, in the order of the constants.
var faultKinds = [...]struct {
	name  string
	value value
	n     int
	delay time.Duration
	code  string
}{
	FaultNone:      {name: "none"},
	FaultReset:     {name: "reset"},
	FaultFIN:       {name: "fin"},
	FaultStall:     {name: "stall", value: duration},
	FaultFlip:      {name: "flip", value: number},
	FaultDuplicate: {name: "duplicate"},
	FaultDrop:      {name: "drop"},
	FaultReorder:   {name: "reorder"},
	FaultDrip:      {name: "drip", value: duration, delay: time.Millisecond},
	FaultSlice:     {name: "slice", value: number, n: 7},
	FaultLate:      {name: "late", value: duration, delay: time.Second},
	FaultEnd:       {name: "end"},
	FaultGarbage:   {name: "garbage", value: number, n: 16},

	FaultThrottle:    {name: "throttle", value: number, n: 1},
	FaultHTTP:        {name: "http", value: word, code: "InternalServerException"},
	FaultException:   {name: "exception", value: word, code: "modelStreamErrorException"},
	FaultError:       {name: "error", value: word, code: "internal-error"},
	FaultUnknown:     {name: "unknown", value: word, code: "somethingNew"},
	FaultIncomplete:  {name: "incomplete"},
	FaultHTML:        {name: "html"},
	FaultContentType: {name: "type", value: word, code: "text/plain"},
}

// String returns the kind's name in the grammar.
func (k FaultKind) String() string {
	if int(k) < len(faultKinds) {
		return faultKinds[k].name
	}
	return "FaultKind(" + strconv.Itoa(int(k)) + ")"
}

// Head, as the Byte of a Fault, is the place before the head of the answer, for
// a reset, a fin or a stall.
const Head = -1

// Fault says what goes wrong with an answer and where. "There" is byte Byte of
// frame Frame, both from 0: with Frame 0, Byte counts from the body's first byte,
// and with Byte 0, Frame stands for its first byte. Byte may reach into later
// frames. Past the last byte, reset, fin, stall and end happen after it, and the
// others do nothing.
type Fault struct {
	Kind  FaultKind
	Frame int
	Byte  int64
	N     int           // of flip, slice, garbage, throttle
	Delay time.Duration // of stall, drip, slice, late
	Code  string        // of http, exception, error, unknown, type
}

// ParseError is the error of ParseFault.
type ParseError struct {
	Text   string // the part that was not understood, at most 64 bytes of it
	Reason string
}

func (e *ParseError) Error() string {
	return "bedrocktest: fault " + strconv.QuoteToASCII(e.Text) + ": " + e.Reason
}

// Bounds of a parsed fault: a client of `serve` may ask for no more than that.
const (
	maxFaultN     = 1 << 20
	maxFaultDelay = time.Hour
	maxFaultText  = 64
)

// ParseFault reads a fault in the syntax that the command's flag and the request
// header FaultHeader share; an empty text is no fault.
//
//	fault = kind [ "=" value ] [ "@" place { "," place } ]
//	place = "frame=" number | "byte=" number | "head" | "delay=" duration
//
// The value of stall, drip and late is a duration ("250ms"); of flip, slice,
// garbage and throttle a number; of http, exception, error, unknown and type a
// word. What is left out has a default. Examples:
//
//	reset@byte=120          stall@frame=3          stall=2s@frame=1
//	flip=7@frame=2,byte=30  drip@delay=10ms        slice=3@byte=100
//	late=500ms              throttle=2             http=ThrottlingException
//	exception=throttlingException@frame=2          http=503
//
// The error is a *ParseError.
func ParseFault(text string) (Fault, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Fault{}, nil
	}
	what, where, placed := strings.Cut(text, "@")
	name, val, valued := strings.Cut(what, "=")
	f := Fault{Kind: FaultNone}
	for k, kind := range faultKinds {
		if kind.name == name {
			f = Fault{Kind: FaultKind(k), N: kind.n, Delay: kind.delay, Code: kind.code}
		}
	}
	if f.Kind == FaultNone {
		if text == "none" {
			return Fault{}, nil
		}
		return Fault{}, faultError(name, "is not a fault's name")
	}
	if valued {
		if why := f.setValue(val); why != "" {
			return Fault{}, faultError(what, why)
		}
	}
	if !placed {
		return f, nil
	}
	seen := map[string]bool{}
	for _, place := range strings.Split(where, ",") {
		key, val, _ := strings.Cut(place, "=")
		if seen[key] {
			return Fault{}, faultError(place, "is there twice")
		}
		seen[key] = true
		if why := f.setPlace(key, val); why != "" {
			return Fault{}, faultError(place, why)
		}
	}
	if f.Byte == Head && f.Kind != FaultReset && f.Kind != FaultFIN && f.Kind != FaultStall {
		return Fault{}, faultError(text, "only reset, fin and stall happen before the head")
	}
	if f.Byte == Head && f.Frame != 0 || seen["head"] && seen["byte"] {
		return Fault{}, faultError(where, "is two places")
	}
	return f, nil
}

func faultError(text, reason string) error {
	if len(text) > maxFaultText {
		text = text[:maxFaultText]
	}
	return &ParseError{Text: text, Reason: reason}
}

// setValue sets the kind's own value and returns why it can't.
func (f *Fault) setValue(s string) string {
	switch faultKinds[f.Kind].value {
	case number:
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > maxFaultN {
			return "is not a number from 0 to " + strconv.Itoa(maxFaultN)
		}
		if f.Kind == FaultFlip && n > 7 || f.Kind == FaultSlice && n == 0 {
			return "is out of range: a bit is 0 to 7, a slice at least 1"
		}
		f.N = n
	case duration:
		return f.setDelay(s)
	case word:
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return "is not a word of printable ASCII"
		}
		// net/http refuses to write any other number as a status.
		if n, err := strconv.Atoi(s); f.Kind == FaultHTTP && err == nil && (n < 200 || n > 999) {
			return "is not a status from 200 to 999"
		}
		f.Code = s
	default:
		return "takes no value"
	}
	return ""
}

func (f *Fault) setDelay(s string) string {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxFaultDelay {
		return "is not a duration from 0s to " + maxFaultDelay.String()
	}
	f.Delay = d
	return ""
}

// setPlace sets one of the places and returns why it can't.
func (f *Fault) setPlace(key, val string) string {
	switch key {
	case "head":
		if val != "" {
			return "takes no value"
		}
		f.Byte = Head
	case "delay":
		return f.setDelay(val)
	case "frame":
		n, err := strconv.ParseUint(val, 10, 31)
		if err != nil {
			return "is not a frame's index"
		}
		f.Frame = int(n)
	case "byte":
		n, err := strconv.ParseUint(val, 10, 63)
		if err != nil {
			return "is not an offset"
		}
		f.Byte = int64(n)
	default:
		return "is none of frame, byte, head and delay"
	}
	return ""
}

// String returns the fault in the syntax of ParseFault.
func (f Fault) String() string {
	s := f.Kind.String()
	if f.Kind == FaultNone || int(f.Kind) >= len(faultKinds) {
		return s
	}
	switch faultKinds[f.Kind].value {
	case number:
		s += "=" + strconv.Itoa(f.N)
	case duration:
		s += "=" + f.Delay.String()
	case word:
		if f.Code != "" {
			s += "=" + f.Code
		}
	}
	var places []string
	if f.Frame != 0 {
		places = append(places, "frame="+strconv.Itoa(f.Frame))
	}
	switch {
	case f.Byte < 0:
		places = append(places, "head")
	case f.Byte > 0:
		places = append(places, "byte="+strconv.FormatInt(f.Byte, 10))
	}
	if f.Kind == FaultSlice && f.Delay != 0 {
		places = append(places, "delay="+f.Delay.String())
	}
	if len(places) > 0 {
		s += "@" + strings.Join(places, ",")
	}
	return s
}

// word returns Code, or the kind's default for a Fault that was built by hand.
func (f Fault) word() string {
	if f.Code == "" && int(f.Kind) < len(faultKinds) {
		return faultKinds[f.Kind].code
	}
	return f.Code
}

// place finds a fault's place in frames that come one after the other.
type place struct {
	frames int   // still to come before the one that the place counts from
	bytes  int64 // from that frame on
	found  bool
}

func (f Fault) place() place { return place{frames: f.Frame, bytes: max(f.Byte, 0)} }

// in reports whether the place is in the next frame, b, and at which of its bytes.
func (p *place) in(b []byte) (at int64, here bool) {
	switch {
	case p.found:
		return 0, false
	case p.frames > 0:
		p.frames--
		return 0, false
	case p.bytes >= int64(len(b)):
		p.bytes -= int64(len(b))
		return 0, false
	}
	p.found = true
	return p.bytes, true
}

// replace returns the reply that takes the place of r, for faults that are not in
// its bytes but in what it is.
func (f Fault) replace(r Reply) Reply {
	switch f.Kind {
	case FaultHTTP:
		code := f.word()
		if status, err := strconv.Atoi(code); err == nil {
			return Reply{Status: status, Body: []byte{}, Header: http.Header{"Content-Type": {typeJSON}}}
		}
		return Failure(modelCode(code), "The fault of this answer was asked for.")
	case FaultHTML:
		return page(http.StatusOK)
	case FaultContentType:
		r.Header = r.Header.Clone()
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header.Set("Content-Type", f.word())
	}
	return r
}

// ofBody returns the fault for an answer that is no event stream: what would end a stream is an HTTP error there.
func (f Fault) ofBody() Fault {
	switch f.Kind {
	case FaultException:
		return Fault{Kind: FaultHTTP, Code: f.word()}
	case FaultError:
		return Fault{Kind: FaultHTTP, Code: string(model.InternalServerException)}
	case FaultUnknown:
		return Fault{}
	}
	return f
}

// alter returns what the fault makes of frames, while they come. It leaves the bytes of each alone.
func (f Fault) alter(frames iter.Seq[[]byte]) iter.Seq[[]byte] {
	if f.Kind == FaultIncomplete {
		return withoutEnd(frames)
	}
	return func(yield func([]byte) bool) {
		where := f.place()
		var later []byte // the frame that changes places with the next one
		for b := range frames {
			at, here := where.in(b)
			if !here {
				if !yield(b) || later != nil && !yield(later) {
					return
				}
				later = nil
				continue
			}
			switch f.Kind {
			case FaultException, FaultError:
				yield(f.message())
				return
			case FaultUnknown:
				if !yield(f.message()) {
					return
				}
			case FaultFlip:
				b = append([]byte(nil), b...)
				b[at] ^= 1 << (f.N & 7)
			case FaultDuplicate:
				if !yield(b) {
					return
				}
			case FaultDrop:
				continue
			case FaultReorder:
				later = b
				continue
			}
			if !yield(b) {
				return
			}
		}
		if later != nil && !yield(later) {
			return
		}
		if last := f.message(); last != nil && !where.found {
			yield(last)
		}
		if f.Kind == FaultGarbage {
			yield(garbage(f.N))
		}
	}
}

// message returns the frame that the fault adds; nil where it adds none.
func (f Fault) message() []byte {
	const text = "The fault of this stream was asked for."
	switch f.Kind {
	case FaultException:
		return Exception(modelCode(f.word()), text)
	case FaultError:
		return ErrorMessage(f.word(), text)
	case FaultUnknown:
		return Event(f.word(), []byte(`{}`))
	}
	return nil
}

// withoutEnd leaves out the frame that says that the answer is whole, and those after it. It is ConverseStream's
// messageStop, which metadata follows, and else the last one.
func withoutEnd(frames iter.Seq[[]byte]) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var held []byte // may be the last one
		for b := range frames {
			if held != nil && !yield(held) {
				return
			}
			if m, _, err := frame.Parse(b); err == nil && m.Headers.Is(":event-type", "messageStop") {
				return
			}
			held = b
		}
	}
}

// garbage returns n bytes that begin no frame: read as a length, they are over
// every limit, and their checksum is wrong.
func garbage(n int) []byte {
	b := make([]byte, max(n, 0))
	for i := range b {
		b[i] = 0xa5 ^ byte(i*31)
	}
	return b
}
