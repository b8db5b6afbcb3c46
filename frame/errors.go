package frame

import (
	"errors"
	"io"
	"strconv"
	"strings"
)

// The kinds of error. Every error of this package is an *Error whose Err is exactly one of them,
// except for the io.EOF of [Reader.Next].
var (
	// ErrTruncated: the bytes end inside a frame, or the source failed. It also matches
	// io.ErrUnexpectedEOF, and never io.EOF. If the source failed with an error of its own, the
	// *Error matches that error too.
	ErrTruncated error = truncated{}

	// ErrPreludeCRC: the first eight bytes are damaged, so the lengths are unknown and the next frame
	// can't be found.
	ErrPreludeCRC = errors.New("prelude CRC mismatch")

	// ErrMessageCRC: bytes after the prelude are damaged.
	ErrMessageCRC = errors.New("message CRC mismatch")

	// ErrLength: the lengths contradict each other or the layout.
	ErrLength = errors.New("impossible length")

	// ErrTooLarge: a length or a count is above a limit.
	ErrTooLarge = errors.New("over the limit")

	// ErrHeader: the checksum is right, and the header block is malformed.
	ErrHeader = errors.New("malformed header")
)

// truncated is the type of ErrTruncated.
type truncated struct{}

func (truncated) Error() string        { return "truncated" }
func (truncated) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// Faults of a source that the Reader detects. An *Error with ErrTruncated has one as its cause, as
// it has an error that the source returned.
var (
	errNoSource = errors.New("the reader has no source")
	errBadCount = errors.New("the source returned an impossible count")
)

// Error describes what is wrong with a stream or a message, and where.
//
// Offset counts bytes from the start of the stream for a [Reader], from the start of the input for
// [Parse], and from the start of the new frame for [Append]. It is the offset of the fault: for
// ErrTruncated, the end of the bytes; for a CRC, the stored checksum; for a length, the length field;
// for a header (malformed, or one too many), the first byte of the header.
//
// Frame is the zero-based index of the faulty frame, and so the number of good frames before it. For
// Parse and Append it is 0.
type Error struct {
	Offset int64
	Frame  int64
	Err    error // one of this package's six kinds

	why       string // constant text: what exactly is wrong
	got, want uint64 // the two numbers that disagree
	show      show
	cause     error // what the source returned, never io.EOF
}

// show selects how an Error prints got and want.
type show uint8

const (
	showNothing show = iota
	showGot          // "why: got"
	showLimit        // "why: got, limit want"
	showBytes        // "why: got of want bytes"
	showSums         // "why: computed got, stored want", in hex
)

// Error returns one line: the frame, the offset, the kind, the reason and its numbers, without text
// from the stream. It ends with the text of the source's own error: at most 1 KiB of it, with a space
// for each line end and tab, and U+FFFD for other characters that are not printable.
func (e *Error) Error() string {
	s := "frame: frame " + strconv.FormatInt(e.Frame, 10) + ", offset " + strconv.FormatInt(e.Offset, 10) + ": "
	if e.Err == nil { // a caller's literal: this package sets Err
		return s + "no error"
	}
	s += e.Err.Error()
	if e.why != "" {
		s += ": " + e.why
	}
	switch e.show {
	case showGot:
		s += ": " + strconv.FormatUint(e.got, 10)
	case showLimit:
		s += ": " + strconv.FormatUint(e.got, 10) + ", limit " + strconv.FormatUint(e.want, 10)
	case showBytes:
		s += ": " + strconv.FormatUint(e.got, 10) + " of " + strconv.FormatUint(e.want, 10) + " bytes"
	case showSums:
		s += ": computed " + hex8(e.got) + ", stored " + hex8(e.want)
	}
	if e.cause != nil {
		s += ": " + printable(e.cause.Error())
	}
	return s
}

// maxCause is the number of bytes of the source's error that are shown. It is enough for a sentence,
// and keeps logs short.
const maxCause = 1 << 10

// printable returns s as one printable line. The source is foreign code: its errors may quote what a
// peer sent, and an error of errors.Join has several lines.
func printable(s string) string {
	s = s[:min(len(s), maxCause)] // may cut a character: strings.Map then gets U+FFFD
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case !strconv.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, s)
}

// hex8 returns the eight hex digits of a checksum.
func hex8(v uint64) string {
	return strconv.FormatUint(1<<32|v, 16)[1:]
}

// Unwrap returns the kind, so that errors.Is(err, ErrMessageCRC) works. Where the source failed, it
// returns an error that matches the kind and wraps what the source returned, for errors.As.
func (e *Error) Unwrap() error {
	if e.cause == nil || errors.Is(e.cause, io.EOF) { // see Is
		return e.Err
	}
	return sourceError{e}
}

// Is reports whether the error of the source matches target, so that a stream that ended because its
// context was cancelled matches context.Canceled as well as ErrTruncated. It never matches io.EOF,
// whatever the source returned: a loop that ends on errors.Is(err, io.EOF) must not mistake a broken
// stream for a clean end.
func (e *Error) Is(target error) bool {
	return e.cause != nil && target != io.EOF && errors.Is(e.cause, target)
}

// sourceError links an Error to the error of its source: it matches the kind and unwraps to the
// source's error. A method As of Error would need errors.As, and so reflection in every program that
// decodes.
type sourceError struct{ e *Error }

func (s sourceError) Error() string { return s.e.Error() }

// Is reports whether target is the kind.
func (s sourceError) Is(target error) bool { return errors.Is(s.e.Err, target) }

// Unwrap returns what the source returned, such as a net.Error.
func (s sourceError) Unwrap() error { return s.e.cause }
