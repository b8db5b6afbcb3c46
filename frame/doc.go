// Package frame encodes and decodes application/vnd.amazon.eventstream, the framing in which Amazon
// Bedrock and other AWS services stream events over HTTP.
//
// # Layout
//
// A stream is a sequence of frames without separators. A frame is
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
//	| length | name      | type | value; Bytes and String start with   |
//	| u8     | 1 to 255  | u8   | their length, a u16                  |
//	+--------+-----------+------+--------------------------------------+
//
// All integers are big-endian. The total length counts the whole frame: headers, payload, and 16
// bytes for the rest. The prelude CRC covers the first 8 bytes. The message CRC covers everything
// before it. The source is Smithy's "Amazon Event Stream" specification.
//
// [Parse] and [Append] decode and encode one frame in memory. A [Reader] decodes a stream. A Reader
// copies what it reads, which for large frames takes about as long as their checksum. If the whole
// stream is in memory, calling Parse in a loop avoids the copy.
//
// # Trust
//
// Each step relies only on the steps before it:
//
//  1. 12 bytes have arrived; otherwise the stream is truncated.
//  2. The prelude CRC is right. No length is used before that.
//  3. The lengths agree with each other and are within the limits. Anyone who can write to the
//     stream can compute a right checksum, so the checksum does not make a length harmless.
//  4. The whole frame has arrived.
//  5. The message CRC is right. No header is parsed before that.
//  6. The headers are well-formed: known types, names of 1 to 255 bytes of UTF-8 that appear once,
//     strings in UTF-8, values of at most 32,767 bytes, no bytes left over, and strings where the
//     specification reserves a name for a string (:message-type, :event-type, :exception-type,
//     :content-type, :error-code, :error-message).
//
// Only then the message is delivered. A fault ends the stream, as the specification demands, because
// the start of the next frame can't be found. Every message delivered before a fault is good.
//
// Where implementations differ, this package is strict. It refuses duplicate names, empty names, text
// that is not UTF-8 and values above 32,767 bytes. Other implementations accept some of them, and
// read them differently, so that one message can have two meanings. It accepts empty values, which
// the grammar excludes and published test vectors contain.
//
// # Memory
//
// A message borrows its bytes, headers and payload alike. The bytes belong to the Reader until the
// next call of Next or Reset, or to the caller of Parse. Clone makes a copy that stays. Use of a
// message after the next call shows: its Headers are empty, and the first byte of its payload has
// changed. After several calls, or after a frame of more than half the buffer has been moved there,
// the bytes are part of other frames.
//
// A Reader owns one buffer, and Next does not allocate once the buffer has the right size for the
// stream. The buffer starts with 1 KiB and grows to 8 KiB if the stream fills it. A larger frame gets
// a buffer of its own size, but only after a quarter of the frame has arrived; until then memory
// follows the bytes received. At every moment a Reader holds at most 64 KiB and 1.25 times the current
// frame (not counting garbage of earlier frames). It gives up a large buffer as soon as a small frame
// follows.
//
// # End of stream
//
// [io.EOF] is returned only if the source ended between two frames. An end at any other place is
// [ErrTruncated], which also matches [io.ErrUnexpectedEOF]. A source that fails is ErrTruncated
// wherever it fails, and the error also matches the source's own:
//
//	errors.Is(err, frame.ErrTruncated) && errors.Is(err, context.Canceled)
//
// Such an error never matches io.EOF. Framing has no end marker, so even io.EOF does not prove that
// the sender had finished; only the content can.
//
// # Errors
//
// Every error except io.EOF is an [*Error]: one of six kinds, with the offset in the stream and the
// index of the frame.
package frame
