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
	b = appendText(b, "frame: frame ")
	b = strconv.AppendInt(b, e.Frame, 10)
	b = appendText(b, ", offset ")
	b = strconv.AppendInt(b, e.Offset, 10)
	b = appendText(b, ": ")
	if e.Err == nil { // a literal of the caller's; this package never makes one
		return string(appendText(b, "no error"))
	}
	b = appendText(b, e.Err.Error())
	if e.why != "" {
		b = appendText(b, ": ")
		b = appendText(b, e.why)
	}
	switch e.show {
	case showGot:
		b = appendText(b, ": ")
		b = strconv.AppendUint(b, e.got, 10)
	case showLimit:
		b = appendText(b, ": ")
		b = strconv.AppendUint(b, e.got, 10)
		b = appendText(b, ", limit ")
		b = strconv.AppendUint(b, e.want, 10)
	case showBytes:
		b = appendText(b, ": ")
		b = strconv.AppendUint(b, e.got, 10)
		b = appendText(b, " of ")
		b = strconv.AppendUint(b, e.want, 10)
		b = appendText(b, " bytes")
	case showSums:
		b = appendText(b, ": computed ")
		b = appendHex(b, uint32(e.got))
		b = appendText(b, ", stored ")
		b = appendHex(b, uint32(e.want))
	}
	if e.cause != nil {
		b = appendText(b, ": ")
		b = appendPrintable(b, e.cause.Error())
	}
	return string(b)
}

// appendText is append out of line: there are twenty calls, and none is worth 80
// bytes of code.
//
//go:noinline
func appendText(b []byte, s string) []byte { return append(b, s...) }

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

// Unwrap returns the kind, so errors.Is(err, ErrMessageCRC) works. Where the
// source failed it returns an error that is the kind to errors.Is, and wraps what
// the source returned, for errors.As.
func (e *Error) Unwrap() error {
	if e.cause == nil || errors.Is(e.cause, io.EOF) { // see Is
		return e.Err
	}
	return sourceError{e}
}

// Is reports whether the error of the source matches target, so that a stream
// that ended because its context was cancelled is context.Canceled as well as
// ErrTruncated. Whatever the source returned, a broken stream is never io.EOF:
// loops that end on errors.Is(err, io.EOF) must not take it for a clean end.
func (e *Error) Is(target error) bool {
	return e.cause != nil && target != io.EOF && errors.Is(e.cause, target)
}

// sourceError stands between an Error and the error of its source. A method As of
// Error would do, but whatever program looks for any error by type, as crypto/tls
// does, would link it and with it errors.As and its reflection: 24 KiB.
type sourceError struct{ e *Error }

func (s sourceError) Error() string { return s.e.Error() }

// Is reports whether target is the kind.
func (s sourceError) Is(target error) bool { return errors.Is(s.e.Err, target) }

// Unwrap returns what the source returned, such as a net.Error.
func (s sourceError) Unwrap() error { return s.e.cause }
