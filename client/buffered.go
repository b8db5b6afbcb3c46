package client

import (
	"encoding/binary"

	"bedrockwire/frame"
)

// ahead is how far a stream has looked at frames that were read and not delivered yet.
type ahead struct {
	at     int64 // the stream offset after the last frame counted
	frames int64 // how many frames are before it
}

// buffered returns how many of the next frames have been read whole and hold events that are
// delivered. Each frame is checked once, however often it is called.
func (e *events) buffered() int {
	if e.err != nil {
		return 0
	}
	if e.ahead.at < e.frames.Offset() {
		e.ahead = ahead{e.frames.Offset(), e.frames.Frames()}
	}
	rest := e.frames.Unread()[e.ahead.at-e.frames.Offset():]
	for len(rest) >= preludeSize && uint64(binary.BigEndian.Uint32(rest)) <= uint64(len(rest)) {
		m, n, err := frame.Parse(rest)
		if err != nil || !e.delivers(m) {
			break
		}
		rest = rest[n:]
		e.ahead.at += int64(n)
		e.ahead.frames++
	}
	return int(e.ahead.frames - e.frames.Frames())
}

// delivers reports whether a message is an event that is delivered, and not an error or an event
// that is skipped.
func (e *events) delivers(m frame.Message) bool {
	if !m.Headers.Is(":message-type", "event") {
		return false
	}
	for _, name := range e.known {
		if m.Headers.Is(":event-type", name) {
			return true
		}
	}
	return e.known == nil
}

// Buffered returns how many chunks have been read from the connection and not been returned by Next:
// that many calls of Next do not wait. A relay flushes when it is 0, and so once for all chunks that
// have arrived together. It neither reads nor allocates. It is for the goroutine that calls Next.
func (s *Stream) Buffered() int {
	if !s.usable() {
		return 0
	}
	return s.events.buffered() + count(s.peeked)
}

// Buffered returns how many events can be had from Next without waiting, as [Stream.Buffered] does.
func (s *ConverseStream) Buffered() int {
	if s == nil || s.events.body == nil {
		return 0
	}
	return s.events.buffered() + count(s.peeked)
}

// Buffered returns how many events can be had from Next without waiting, as [Stream.Buffered] does.
func (s *EventStream) Buffered() int {
	if s == nil || s.events.body == nil {
		return 0
	}
	return s.events.buffered() + count(s.peeked)
}

// count returns 1 for an event that was read ahead of the first call of Next.
func count(peeked bool) int {
	if peeked {
		return 1
	}
	return 0
}
