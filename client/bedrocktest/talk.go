package bedrocktest

import (
	"io"
	"iter"
	"net/http"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// bidirectional answers InvokeModelWithBidirectionalStream with the next reply. One without frames
// leaves the answer to talk.
func (s *Server) bidirectional(r *Request) Reply {
	reply, _ := s.told(r)
	if reply.Body == nil && reply.Frames == nil && reply.parts != nil {
		pieces, ok := plain(reply.parts)
		if !ok {
			return refused(r, http.StatusBadRequest, "ValidationException",
				"bedrocktest: the reply has reasoning or a tool call, which this server does not write for "+r.Operation)
		}
		for _, piece := range pieces {
			reply.Frames = append(reply.Frames, Chunk(`{"event":{"textOutput":{"content":`+quote(piece)+`,"role":"ASSISTANT"}}}`))
		}
	}
	return reply
}

// talk returns the frames that answer the messages of a request, while they come: those of
// Server.Talk; or one frame of the reply for each message, and at the end of the input the rest; or
// each chunk as it came. A message that is refused ends the stream with an exception.
func (p *player) talk(body io.Reader, reply Reply) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		script := reply.Frames
		for messages := frame.NewReader(body); ; {
			chunk, ended, why := p.message(messages)
			if why != "" {
				yield(Exception(model.ValidationException, why))
				return
			}
			var frames [][]byte
			switch {
			case p.s.Talk != nil:
				frames = p.s.Talk(*p.req, chunk)
			case reply.Frames != nil:
				n := min(1, len(script))
				if ended {
					n = len(script)
				}
				frames, script = script[:n], script[n:]
			case !ended:
				frames = [][]byte{Chunk(string(chunk))}
			}
			for _, b := range frames {
				if !yield(b) {
					return
				}
			}
			if ended {
				return
			}
		}
	}
}

// message reads the next message of a request, and verifies its signature and date. It returns the
// chunk, or that the input has ended, or why the message is refused.
func (p *player) message(messages *frame.Reader) (chunk []byte, ended bool, why string) {
	if _, err := messages.Next(); err == io.EOF {
		return nil, false, "bedrocktest: the input ended without a signed empty message"
	} else if err != nil {
		return nil, false, "bedrocktest: " + err.Error()
	}
	signed, err := p.req.messages.Verify(messages.Raw(), p.s.now(), clockWindow)
	if err != nil {
		return nil, false, "bedrocktest: " + err.Error()
	}
	if len(signed) == 0 {
		return nil, true, ""
	}
	m, n, err := frame.Parse(signed)
	switch {
	case err != nil:
		return nil, false, "bedrocktest: the signed message: " + err.Error()
	case n != len(signed) || !m.Headers.Is(":message-type", "event") || !m.Headers.Is(":event-type", "chunk"):
		return nil, false, "bedrocktest: the signed message is not one event of the type chunk"
	}
	if chunk, err = model.DecodeChunk([]byte{}, m.Payload); err != nil {
		return nil, false, "bedrocktest: the signed message: " + err.Error()
	}
	return chunk, false, ""
}
