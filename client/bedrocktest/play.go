package bedrocktest

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"bedrockwire/model"
)

// modelCode gives a code its type.
func modelCode(code string) model.Code { return model.Code(shapeName(code)) }

// player writes one answer.
type player struct {
	s    *Server
	req  *Request
	w    http.ResponseWriter
	flow *http.ResponseController
	ctx  context.Context // done when the client has gone
	conn *conn           // below TLS
	h2   bool
	seen int64 // the connection's writes before the last piece was written
}

// play answers with reply, and with what fault makes of it.
func (s *Server) play(w http.ResponseWriter, r *http.Request, req *Request, reply Reply, fault Fault) {
	p := &player{s: s, req: req, w: w, flow: http.NewResponseController(w), ctx: r.Context(), h2: r.ProtoMajor >= 2}
	p.conn, _ = r.Context().Value(connKey{}).(*conn)
	if req.talks() {
		_ = p.flow.EnableFullDuplex() // HTTP/1.1 would hold the refusal back until the input ends
	}
	reply = fault.replace(reply)
	pace := reply.Pace
	if pace == 0 {
		pace = s.Pace
	}
	frames := slices.Values(reply.Frames)
	switch {
	case reply.Body != nil:
		frames = slices.Values([][]byte{reply.Body})
	case req.talks():
		frames = p.talk(r.Body, reply)
	}

	p.wait(reply.Delay)
	switch {
	case fault.Byte < 0:
		if !p.strike(fault) {
			return
		}
		fault = Fault{} // it has happened
	case fault.Kind == FaultLate:
		p.wait(fault.Delay)
	}
	p.head(reply, req, fault)

	where, first := fault.place(), true
	for b := range fault.alter(frames) {
		if !first {
			p.wait(pace)
		}
		first = false
		if fault.stops() || fault.slows() {
			at, here := where.in(b)
			if where.found { // what is before the place goes out whole
				p.write(b[:at])
				b = b[at:]
			}
			if where.found && fault.slows() {
				p.slice(b, fault)
				continue
			}
			if here && !p.strike(fault) {
				return
			}
		}
		p.write(b)
	}
	if fault.stops() && !where.found { // a place past the last byte
		p.strike(fault)
	}
}

// head sends the status and the header.
func (p *player) head(reply Reply, req *Request, fault Fault) {
	h := p.w.Header()
	h.Set("X-Amzn-Requestid", req.RequestID)
	h.Set("Content-Type", typeEventStream)
	if op := req.operation; reply.Body != nil && op != nil && !op.streams {
		h.Set("Content-Type", typeJSON)
	}
	if invokes := strings.HasPrefix(req.Operation, "InvokeModel") && !req.talks(); invokes && reply.Status/100 <= 2 {
		if reply.Body == nil {
			h.Set("X-Amzn-Bedrock-Content-Type", typeJSON)
		}
		// The service says which latency and tier it served; here, those asked for.
		for _, name := range []string{"X-Amzn-Bedrock-Performanceconfig-Latency", "X-Amzn-Bedrock-Service-Tier"} {
			if v := req.Header.Get(name); v != "" {
				h.Set(name, v)
			}
		}
	}
	for name, values := range reply.Header {
		if len(values) == 0 {
			values = nil // keeps net/http from adding its own, too
		}
		h[http.CanonicalHeaderKey(name)] = values
	}
	if fault.Kind != FaultNone {
		h.Del("Content-Length") // a length that no longer holds is not the fault asked for
	}
	status := reply.Status
	switch {
	case status == 0:
		status = http.StatusOK
	case status < 200 || status > 999: // net/http panics over some, and sends others as informational
		status = http.StatusInternalServerError
	}
	p.seen = p.conn.writes.Load()
	p.w.WriteHeader(status)
	_ = p.flow.Flush() // the head arrives before the first frame is due
}

// slice writes b in small pieces.
func (p *player) slice(b []byte, fault Fault) {
	step := 1
	if fault.Kind == FaultSlice {
		step = max(fault.N, 1)
	}
	for len(b) > 0 {
		n := min(step, len(b))
		p.write(b[:n])
		p.wait(fault.Delay)
		b = b[n:]
	}
}

// stops reports whether the fault stops the body at its place.
func (f Fault) stops() bool {
	switch f.Kind {
	case FaultReset, FaultFIN, FaultStall, FaultEnd:
		return true
	}
	return false
}

// slows reports whether the fault cuts the writes from its place on.
func (f Fault) slows() bool { return f.Kind == FaultDrip || f.Kind == FaultSlice }

// write writes b and flushes it, as one piece where the network lets it. When the
// client has gone, or Close was called, it ends the handler.
func (p *player) write(b []byte) {
	if len(b) == 0 {
		return
	}
	p.seen = p.conn.writes.Load()
	if _, err := p.w.Write(b); err != nil || p.flow.Flush() != nil {
		p.left()
	}
}

// wait waits, and ends the handler when the client has gone or Close was called.
func (p *player) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return
	case <-p.ctx.Done():
		p.left()
	case <-p.s.closing:
	}
	abort()
}

// left ends the handler of a client that has gone, and reports it.
func (p *player) left() {
	select {
	case <-p.s.closing:
	default:
		if p.s.Gone != nil {
			p.s.Gone(*p.req)
		}
	}
	abort()
}

// abort ends the handler and the answer with it, unfinished. A return would be a
// polite end of the body, which a client may take for a whole answer.
func abort() { panic(http.ErrAbortHandler) }

// strike makes the fault happen, now. It reports whether the answer goes on.
func (p *player) strike(f Fault) bool {
	switch f.Kind {
	case FaultStall:
		if f.Delay > 0 {
			p.wait(f.Delay)
			return true
		}
		select {
		case <-p.ctx.Done():
			p.left()
		case <-p.s.closing:
		}
		abort() // silence is all that a stall may show
	case FaultReset:
		// HTTP/2 has a reset of the stream alone, which net/http sends for an
		// aborted handler; on HTTP/1.1 the stream is the connection.
		if !p.h2 {
			p.conn.reset()
		}
		abort()
	case FaultFIN:
		if p.h2 && f.Byte >= 0 { // before the head there is nothing to wait for
			p.conn.settle(p.seen)
		}
		p.conn.fin(p.ctx.Done(), p.s.closing)
		abort()
	case FaultEnd:
		return false
	}
	return true
}

// Bounds of settle.
const (
	quiet      = 2 * time.Millisecond
	settleTime = time.Second
)

// settle waits until there has been a write since the count was seen, and then
// none for a moment: one frame may take several.
func (c *conn) settle(seen int64) {
	for deadline := time.Now().Add(settleTime); time.Now().Before(deadline); {
		before := c.writes.Load()
		time.Sleep(quiet)
		if before != seen && c.writes.Load() == before {
			return
		}
	}
}

// finWait bounds the time for which a connection that ended with FIN stays half
// open, for the sake of clients that do not close their half.
const finWait = time.Second

// fin sends FIN and waits until the client has gone, which gone tells. A close
// would turn into a reset where the client has sent something that was not read
// yet, as it does on HTTP/2; so the other half is closed last.
func (c *conn) fin(gone, closing <-chan struct{}) {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		timer := time.NewTimer(finWait)
		defer timer.Stop()
		select {
		case <-gone:
		case <-closing:
		case <-timer.C:
		}
	}
	_ = c.Close()
}

// reset sends RST. A listener of the caller's own may have connections that know
// no such thing; those are closed.
func (c *conn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a close with RST: tcp(7), SO_LINGER
	}
	_ = c.Close()
}
