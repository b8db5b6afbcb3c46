package frame

import (
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// The kinds of fault. Every error of this package is an *Error whose Err is
// exactly one of them; the only other value is io.EOF from [Reader.Next].
var (
	// ErrTruncated: the bytes end inside a frame, or the source failed. It also
	// is io.ErrUnexpectedEOF, and never io.EOF. When the source failed with an
	// error of its own, the *Error matches that error too.
	ErrTruncated error = truncated{}

	// ErrPreludeCRC: the first eight bytes are damaged, so neither length can be
	// believed and nothing behind them can be found.
	ErrPreludeCRC = errors.New("prelude CRC mismatch")

	// ErrMessageCRC: something behind the prelude is damaged.
	ErrMessageCRC = errors.New("message CRC mismatch")

	// ErrLength: lengths that contradict each other or the layout.
	ErrLength = errors.New("impossible length")

	// ErrTooLarge: a length or a count above a limit.
	ErrTooLarge = errors.New("over the limit")

	// ErrHeader: a header block that the checksum vouches for and that is
	// malformed all the same.
	ErrHeader = errors.New("malformed header")
)

// truncated is the type of ErrTruncated.
type truncated struct{}

func (truncated) Error() string        { return "truncated" }
func (truncated) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// Causes that this package finds out itself; an *Error with ErrTruncated
// carries them like an error of the source.
var (
	errNoSource = errors.New("the reader has no source")
	errBadCount = errors.New("the source returned an impossible count")
)

// Error says what is wrong with a stream or a message, and where.
//
// Offset counts bytes from the start of the stream for a [Reader], from the
// start of the input for [Parse], and from the start of the frame to be for
// [Append]. It points at the fault: for ErrTruncated where the bytes ended; for
// a CRC at the stored checksum; for a length at the length field; for a header
// (malformed, or one too many) at the header's first byte.
//
// Frame is the zero-based index of the frame at fault, so it is also the number
// of good frames before it. Parse and Append know one frame, 0.
type Error struct {
	Offset int64
	Frame  int64
	Err    error // one of this package's six kinds

	why       string // constant text: what exactly is wrong
	got, want uint64 // the two numbers that disagree
	show      show
	cause     error // what the source returned, never io.EOF
}

// show says how an Error prints got and want.
type show uint8

const (
	showNothing show = iota
	showGot          // "why: got"
	showLimit        // "why: got, limit want"
	showBytes        // "why: got of want bytes"
	showSums         // "why: computed got, stored want", in hex
)

// Error returns one line without text from the stream: offsets, numbers, the
// reason in words, and what the source's own error says: at most 1 KiB of it, with
// a space for each line end and tab, and U+FFFD for what else is not printable.
func (e *Error) Error() string {
	b := make([]byte, 0, 128)
	b = append(b, "frame: frame "...)
	b = strconv.AppendInt(b, e.Frame, 10)
	b = append(b, ", offset "...)
	b = strconv.AppendInt(b, e.Offset, 10)
	b = append(b, ": "...)
	if e.Err == nil { // a literal of the caller's; this package never makes one
		return string(append(b, "no error"...))
	}
	b = append(b, e.Err.Error()...)
	if e.why != "" {
		b = append(b, ": "...)
		b = append(b, e.why...)
	}
	switch e.show {
	case showGot:
		b = append(b, ": "...)
		b = strconv.AppendUint(b, e.got, 10)
	case showLimit:
		b = append(b, ": "...)
		b = strconv.AppendUint(b, e.got, 10)
		b = append(b, ", limit "...)
		b = strconv.AppendUint(b, e.want, 10)
	case showBytes:
		b = append(b, ": "...)
		b = strconv.AppendUint(b, e.got, 10)
		b = append(b, " of "...)
		b = strconv.AppendUint(b, e.want, 10)
		b = append(b, " bytes"...)
	case showSums:
		b = append(b, ": computed "...)
		b = appendHex(b, uint32(e.got))
		b = append(b, ", stored "...)
		b = appendHex(b, uint32(e.want))
	}
	if e.cause != nil {
		b = append(b, ": "...)
		b = appendPrintable(b, e.cause.Error())
	}
	return string(b)
}

// maxCause is how many bytes of the source's error are shown: a sentence has less,
// and what is longer fills logs.
const maxCause = 1 << 10

// appendPrintable appends what can stand in one line of a log or on a terminal. A
// source is somebody else's code: its errors may quote what a peer sent, and those
// of errors.Join have a line each.
func appendPrintable(b []byte, s string) []byte {
	for _, r := range s[:min(len(s), maxCause)] { // a character that is cut in two is no UTF-8, so U+FFFD
		switch {
		case r == '\n', r == '\r', r == '\t':
			r = ' '
		case !strconv.IsPrint(r):
			r = utf8.RuneError
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}

// appendHex appends all eight digits, as checksums are written everywhere.
func appendHex(b []byte, v uint32) []byte {
	const digits = "0123456789abcdef"
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[v>>shift&15])
	}
	return b
}

// Unwrap returns the kind, so errors.Is(err, ErrMessageCRC) works.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether the error of the source matches target, so that a stream
// that ended because its context was cancelled is context.Canceled as well as
// ErrTruncated. Whatever the source returned, a broken stream is never io.EOF:
// loops that end on errors.Is(err, io.EOF) must not take it for a clean end.
func (e *Error) Is(target error) bool {
	return e.cause != nil && target != io.EOF && errors.Is(e.cause, target)
}

// As finds target in the error of the source, such as a net.Error.
func (e *Error) As(target any) bool {
	return e.cause != nil && errors.As(e.cause, target)
}
