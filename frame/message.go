package frame

// Message is a decoded frame. Its checksums and all its headers have been checked.
//
// It borrows its bytes: from the input of [Parse], or from the buffer of a [Reader] until the
// Reader's next call. After that call the Headers are empty and the first byte of the Payload has
// changed, so that use after the call shows at once. [Message.Clone] keeps a message.
type Message struct {
	Headers Headers
	Payload []byte // has no spare capacity, so that an append can't overwrite the next frame
}

// Clone returns a copy that owns its bytes.
func (m Message) Clone() Message {
	b := make([]byte, len(m.Headers.b)+len(m.Payload))
	n := copy(b, m.Headers.b)
	copy(b[n:], m.Payload)
	return Message{Headers{b[:n:n], m.Headers.n}, b[n:]}
}
