// Package frame is a codec for application/vnd.amazon.eventstream, the framing
// in which Amazon Bedrock and other AWS services stream events over HTTP.
//
// # Layout
//
// A stream is frames back to back, without separator. A frame is
//
//	0        4        8        12                           total-4   total
//	+--------+--------+--------+---------------+------------+---------+
//	| total  | headers| prelude| headers       | payload    | message |
//	| length | length | CRC    |               |            | CRC     |
//	+--------+--------+--------+---------------+------------+---------+
//
// and its headers are zero or more of
//
//	+--------+-----------+------+--------------------------------------+
//	| length | name      | type | value; Bytes and String have their   |
//	| u8     | 1 to 255  | u8   | length, a u16, in front              |
//	+--------+-----------+------+--------------------------------------+
//
// All integers are big-endian. The total length counts the whole frame, and
// everything but headers and payload takes 16 bytes of it. The prelude CRC
// covers the first 8 bytes, the message CRC all but itself. The source is
// Smithy's "Amazon Event Stream" specification.
//
// [Parse] and [Append] are the codec for one frame in memory; a [Reader] decodes
// a stream. A Reader has to copy what it reads, which for large frames costs about
// as much as their checksum; where a stream is in memory as a whole, Parse in a
// loop does without.
//
// # Trust
//
// Each step relies only on those before it:
//
//  1. 12 bytes are there, or the stream is truncated.
//  2. The prelude CRC is right. Before that, no length is looked at.
//  3. The lengths agree with each other and are within the limits. Whoever can
//     write to the stream can write a right checksum, so this one does not make
//     a length harmless.
//  4. The whole frame is there.
//  5. The message CRC is right. Before that, no header is parsed.
//  6. The headers are well-formed: known types, names of 1 to 255 bytes of
//     UTF-8 that appear once, strings in UTF-8, values of at most 32,767 bytes,
//     no bytes left over, and strings where the specification reserves a name
//     for a string (:message-type, :event-type, :exception-type, :content-type,
//     :error-code, :error-message).
//
// Only then the message is delivered. After a fault the stream is over, as the
// specification demands: there is nothing to find the next frame by. Messages
// delivered before a fault are good, all of them and nothing else.
//
// Where implementations differ, this one is strict: it refuses duplicate and
// empty names, text that is not UTF-8 and values above 32,767 bytes, which
// others accept, each in its own way, so that one message can mean two things.
// It accepts empty values, which the grammar excludes and published vectors
// contain.
//
// # Memory
//
// A message borrows its bytes, headers and payload alike. The bytes belong to
// the Reader, until the next call of Next or Reset; or to whoever called Parse.
// Clone makes a copy that stays. Use after the next call shows: the Headers are
// then empty, and the first byte of the payload is not what it was. Calls later,
// or where a frame of more than half the buffer had to take the place, what is
// read there is part of other frames, and not the message.
//
// A Reader owns one buffer, and Next allocates nothing once the buffer has the
// size for the stream. It starts with 2 KiB and goes to 8 KiB for streams that
// make use of it. A larger frame gets a buffer of its own size, but not before a
// quarter of the frame has come; until then memory follows the bytes received.
// At every moment a Reader holds at most 64 KiB and 1.25 times the frame at hand
// (garbage of earlier frames not counted), and a large buffer is given up as
// soon as a small frame follows.
//
// # End of stream
//
// [io.EOF] is returned only where the source ended between two frames. An end
// anywhere else is [ErrTruncated], which is also [io.ErrUnexpectedEOF]; so is a
// source that fails, anywhere, and then the error is also the one of the source:
//
//	errors.Is(err, frame.ErrTruncated) && errors.Is(err, context.Canceled)
//
// No such error is io.EOF. Framing has no end marker, so even a clean io.EOF
// does not prove that the sender was done; the content must tell.
//
// # Errors
//
// Every error but io.EOF is an [*Error]: one of six kinds, with the offset in the
// stream and the index of the frame.
//
// # Surface
//
// Three nouns (Message, Headers, Value), two functions and a Reader do the work.
// The rest of the names are the ten value types and their nine constructors,
// which the wire format fixes, the six kinds of error, and the limits.
package frame
