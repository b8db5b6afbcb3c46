package client

import (
	"bytes"

	"bedrockwire/model/text"
)

// tail holds the last chunks of a stream so far. They are searched for the end mark only when
// someone asks whether the response is whole: to search each chunk would cost more than to decode
// it. Chunks are copied, since the caller may change them.
type tail struct {
	chunks [tailChunks][]byte // a ring: chunk n is in chunks[n%tailChunks]
	kept   int                // how many chunks were put in
	looked int                // how many of them were looked at
	format bool               // a chunk has shown that its format has an end mark
	end    bool               // a chunk had the mark
}

// tailChunks is how many chunks may come after the one with the end mark. The service and models
// send a chunk with token counts and one with metrics.
const tailChunks = 4

// maxTailChunk is the largest chunk that is kept; larger ones are looked at when they come.
const maxTailChunk = 16 << 10

// deltaStart and deltaEnd are the two ends of most Anthropic chunks. Such a chunk is not the last
// one of a response, and reports no error. It has no metrics of the service either: with those it
// would end in a number, or in one more brace.
var (
	deltaStart = []byte(`{"type":"content_block_delta",`)
	deltaEnd   = []byte(`"}}`)
)

// plainDelta reports whether a chunk needs no further look.
func (t *tail) plainDelta(chunk []byte) bool {
	if bytes.HasPrefix(chunk, deltaStart) && bytes.HasSuffix(chunk, deltaEnd) {
		t.format = true
		return true
	}
	return false
}

// keep stores a chunk.
func (t *tail) keep(chunk []byte) {
	if len(chunk) > maxTailChunk || t.kept == 0 { // the first one shows the format, even if unknown chunks follow
		t.look(chunk)
	}
	if len(chunk) > maxTailChunk {
		return
	}
	place := &t.chunks[t.kept%tailChunks]
	*place = append((*place)[:0], chunk...)
	t.kept++
}

// look notes what a chunk says.
func (t *tail) look(chunk []byte) {
	t.end = t.end || text.Ends(chunk)
	t.format = t.format || text.MarksEnd(chunk)
}

// settle looks at the chunks that were kept since it was last called.
func (t *tail) settle() {
	for n := max(t.looked, t.kept-tailChunks); n < t.kept; n++ {
		t.look(t.chunks[n%tailChunks])
	}
	t.looked = t.kept
}

// ended reports whether the end mark has come.
func (t *tail) ended() bool {
	t.settle()
	return t.end
}

// marked reports whether the format has an end mark.
func (t *tail) marked() bool {
	t.settle()
	return t.format
}
