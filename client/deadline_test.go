//go:build go1.25

package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// step is what a peer does after a pause. The clock of these tests stands still while anything runs, so every
// duration below is exact.
type step struct {
	after time.Duration
	send  []byte
	end   error
}

// steps is a response's body, or a connection's reading side, that keeps to a timetable.
type steps struct {
	list   []step
	closed chan struct{}
}

func newSteps(list ...step) *steps { return &steps{list: list, closed: make(chan struct{})} }

func (s *steps) Read(p []byte) (int, error) {
	for {
		if len(s.list) == 0 {
			<-s.closed
			return 0, errors.New("read on closed body")
		}
		now := &s.list[0]
		if now.after > 0 {
			select {
			case <-time.After(now.after):
				now.after = 0
			case <-s.closed:
				return 0, errors.New("read on closed body")
			}
		}
		if len(now.send) > 0 {
			n := copy(p, now.send)
			now.send = now.send[n:]
			return n, nil
		}
		if now.end != nil {
			return 0, now.end
		}
		s.list = s.list[1:]
	}
}

func (s *steps) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

// drip sends b one byte every pause.
func drip(b []byte, pause time.Duration) (list []step) {
	for i := range b {
		list = append(list, step{after: pause, send: b[i : i+1]})
	}
	return list
}

// answering is a transport whose responses come after head and have the given body.
func answering(head time.Duration, body func() io.ReadCloser) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(head):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}, "X-Amzn-Requestid": {"rid-1"}}, Body: body()}, nil
	})
}

// stallOf is the error of a wait for a peer that is not known to have the whole request before its head came.
func stallOf(waitingFor string, limit, silence time.Duration, bytes, events int64) StallError {
	return StallError{WaitingFor: waitingFor, Limit: limit, Silence: silence, Bytes: bytes, Events: events,
		MayBeProcessed: waitingFor != "a connection" && waitingFor != "the response head"}
}

// Each limit ends the wait it is for at its very nanosecond, and says so.
func TestDeadlines(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	half := len(chunk) / 2
	tail := drip(chunk, 30*time.Second) // each byte within the idle limit
	rows := []struct {
		name     string
		limits   Timeouts
		head     time.Duration
		body     []step
		at       time.Duration // of the error since the call
		stall    StallError
		complete bool // no stall: a clean end
	}{
		{"head, default", Timeouts{}, time.Hour, nil, 300 * time.Second, stallOf("the response head", 300*time.Second, 300*time.Second, 0, 0), false},
		{"head, 1 ms", Timeouts{FirstEvent: time.Millisecond}, time.Hour, nil, time.Millisecond, stallOf("the response head", time.Millisecond, time.Millisecond, 0, 0), false},
		{"head just in time, no event", Timeouts{FirstEvent: time.Second}, 999 * time.Millisecond, nil, time.Second,
			stallOf("the first event", time.Second, time.Millisecond, 0, 0), false},
		{"first event, default", Timeouts{}, time.Second, nil, 300 * time.Second, stallOf("the first event", 300*time.Second, 299*time.Second, 0, 0), false},
		{"first event in part", Timeouts{FirstEvent: 10 * time.Second}, time.Second, []step{{after: 2 * time.Second, send: chunk[:half]}}, 10 * time.Second,
			stallOf("the first event", 10*time.Second, 7*time.Second, int64(half), 0), false},
		{"first event in drips", Timeouts{FirstEvent: 10 * time.Second}, 0, drip(chunk, time.Second-1), 10 * time.Second,
			stallOf("the first event", 10*time.Second, 10, 10, 0), false},
		{"first event, no limit", Timeouts{FirstEvent: -1}, time.Hour, []step{{after: 24 * time.Hour, send: chunk}, {end: io.EOF}}, 25 * time.Hour, StallError{}, true},
		{"idle, default", Timeouts{}, 0, []step{{send: chunk}}, 300 * time.Second, stallOf("the next byte", 300*time.Second, 300*time.Second, int64(len(chunk)), 1), false},
		{"idle, 1 ms", Timeouts{Idle: time.Millisecond}, 0, []step{{after: time.Minute, send: chunk}}, time.Minute + time.Millisecond,
			stallOf("the next byte", time.Millisecond, time.Millisecond, int64(len(chunk)), 1), false},
		{"idle just not reached", Timeouts{Idle: time.Second}, 0,
			[]step{{send: chunk}, {after: time.Second - 1, send: chunk}, {after: time.Second - 1, end: io.EOF}}, 2*time.Second - 2, StallError{}, true},
		{"pauses of 125 s are healthy", Timeouts{}, 0,
			[]step{{after: 125 * time.Second, send: chunk}, {after: 125 * time.Second, send: chunk}, {after: 125 * time.Second, end: io.EOF}}, 375 * time.Second, StallError{}, true},
		{"frame, default", Timeouts{}, 0, append([]step{{send: chunk}}, drip(chunk, 299*time.Second)...), 899 * time.Second,
			stallOf("the rest of a frame", 600*time.Second, 2*time.Second, int64(len(chunk))+3, 1), false},
		{"frame in drips", Timeouts{Frame: 2 * time.Minute, Idle: time.Minute}, 0, append([]step{{send: chunk}}, tail...), 150 * time.Second,
			stallOf("the rest of a frame", 2*time.Minute, 0, int64(len(chunk))+4, 1), false},
		{"drips an idle limit less 1 ms apart", Timeouts{Frame: 5 * time.Second, Idle: time.Second}, 0, append([]step{{send: chunk}}, drip(chunk, time.Second-time.Millisecond)...),
			5999 * time.Millisecond, stallOf("the rest of a frame", 5*time.Second, 5*time.Millisecond, int64(len(chunk))+6, 1), false},
		{"drips of 1 ms", Timeouts{Frame: 50 * time.Millisecond}, 0, append([]step{{send: chunk}}, drip(chunk, time.Millisecond)...),
			51 * time.Millisecond, stallOf("the rest of a frame", 50*time.Millisecond, 0, int64(len(chunk))+50, 1), false},
		{"frame, no limit", Timeouts{Frame: -1}, 0, append(append([]step{{send: chunk}}, drip(chunk, 299*time.Second)...), step{end: io.EOF}), 299 * time.Second * time.Duration(len(chunk)), StallError{}, true},
		{"no limits at all", Timeouts{-1, -1, -1, -1}, time.Hour, []step{{after: time.Hour, send: chunk}, {after: 1000 * time.Hour, send: chunk}, {end: io.EOF}}, 1002 * time.Hour, StallError{}, true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, "https://h", once, func(cfg *Config) {
					cfg.Timeouts = r.limits
					cfg.Transport = answering(r.head, func() io.ReadCloser { return newSteps(r.body...) })
				})
				began := time.Now()
				s, end := c.InvokeModelWithResponseStream(context.Background(), testRequest())
				if end == nil {
					for end == nil {
						_, end = s.Next()
					}
					defer s.Close()
				}
				if got := time.Since(began); got != r.at {
					t.Errorf("ended after %v, want %v: %v", got, r.at, end)
				}
				if r.complete {
					if end != io.EOF {
						t.Errorf("end = %v", end)
					}
					return
				}
				var stall *StallError
				var timeout net.Error
				if !errors.As(end, &stall) || !errors.Is(end, ErrStalled) || !errors.Is(end, os.ErrDeadlineExceeded) ||
					!errors.As(end, &timeout) || !timeout.Timeout() || errors.Is(end, context.DeadlineExceeded) || errors.Is(end, frame.ErrTruncated) {
					t.Fatalf("end = %v", end)
				}
				// The limit can fall on the very instant of a byte; then either may be first.
				if r.stall.Silence == 0 {
					r.stall.Silence, r.stall.Bytes = stall.Silence, stall.Bytes
				}
				if *stall != r.stall {
					t.Errorf("stall = %+v\n     want  %+v", *stall, r.stall)
				}
				if !strings.Contains(end.Error(), r.stall.WaitingFor) || !strings.Contains(end.Error(), "since the last byte") {
					t.Errorf("text %q", end)
				}
			})
		})
	}
}

// A caller may take its time: only waiting for the peer counts.
func TestSlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chunk := frametest.ChunkFrame([]byte("{}"), 3)
		var body []step
		for range 5 {
			body = append(body, step{after: time.Second - 1, send: chunk})
		}
		body = append(body, step{after: time.Second - 1, send: chunk[:20]}, step{after: time.Second - 1, send: chunk[20:]}, step{end: io.EOF})
		s := NewStream(newSteps(body...), &StreamOptions{Timeouts: Timeouts{FirstEvent: time.Second, Idle: time.Second, Frame: 2 * time.Second}})
		for i := range 6 {
			time.Sleep(time.Hour)
			if _, err := s.Next(); err != nil {
				t.Fatalf("event %d: %v", i, err)
			}
		}
		if _, err := s.Next(); err != io.EOF {
			t.Error(err)
		}
	})
}

// The dial and the handshake together have one limit, by whichever timer it is noticed; it is retried.
func TestConnectDeadline(t *testing.T) {
	for _, limit := range []time.Duration{0, time.Millisecond, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			want := limit
			if want == 0 {
				want = DefaultConnectTimeout
			}
			var dials atomic.Int64
			c := newClient(t, "https://127.0.0.1:9", func(cfg *Config) {
				cfg.Timeouts.Connect = limit
				cfg.Retry.MaxAttempts = 2
			})
			own(c).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				dials.Add(1)
				deadline, cancel := context.WithTimeout(ctx, want) // as net.Dialer does
				defer cancel()
				<-deadline.Done()
				return nil, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
			}
			began := time.Now()
			_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			var stall *StallError
			var call *CallError
			if !errors.As(err, &stall) || stall.WaitingFor != "a connection" || stall.Limit != want || stall.Silence != want {
				t.Errorf("limit %v: %v", limit, err)
			}
			if !errors.As(err, &call) || call.Attempts != 2 || dials.Load() != 2 || !SafeToRetry(err) {
				t.Errorf("limit %v: %v after %d dials", limit, err, dials.Load())
			}
			if spent := time.Since(began); spent < 2*want || spent > 2*want+baseDelay {
				t.Errorf("limit %v: took %v", limit, spent)
			}
			time.Sleep(time.Minute) // the transport's dials end by themselves
		})
	}
}

// A context that ends is what the caller is told, with its cause, whatever is under way.
func TestContextEnds(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	cause := errors.New("the user pressed a key")
	for _, r := range []struct {
		name string
		head time.Duration
		body []step
	}{
		{"in the head", time.Hour, nil},
		{"before the first event", time.Second, nil},
		{"between events", time.Second, []step{{send: chunk}}},
		{"in a frame", time.Second, []step{{send: chunk[:50]}}},
	} {
		for _, deadline := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(context.Background())
				want := context.Canceled
				if deadline {
					var stop context.CancelFunc
					ctx, stop = context.WithTimeoutCause(context.Background(), 42*time.Second, cause)
					defer stop()
					want = context.DeadlineExceeded
				} else {
					time.AfterFunc(42*time.Second, func() { cancel(cause) })
				}
				defer cancel(nil)
				c := newClient(t, "https://h", func(cfg *Config) {
					cfg.Transport = answering(r.head, func() io.ReadCloser { return newSteps(r.body...) })
				})
				began := time.Now()
				s, end := c.InvokeModelWithResponseStream(ctx, testRequest())
				for end == nil {
					_, end = s.Next()
				}
				if got := time.Since(began); got != 42*time.Second {
					t.Errorf("%s: ended after %v", r.name, got)
				}
				if !errors.Is(end, want) || !errors.Is(end, cause) || errors.Is(end, ErrStalled) || errors.Is(end, io.EOF) || errors.Is(end, frame.ErrTruncated) {
					t.Errorf("%s: %v", r.name, end)
				}
				if s != nil {
					sticky(t, s, end)
				}
			})
		}
	}
}

// What a service says at length, in drips, is cut off too: an error's body counts against the first event.
func TestDrippingErrorBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "https://h", once, func(cfg *Config) {
			cfg.Timeouts.FirstEvent = 5 * time.Second
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				body := newSteps(drip([]byte(strings.Repeat("x", 1000)), time.Second)...)
				return &http.Response{StatusCode: 503, Header: http.Header{}, Body: body}, nil
			})
		})
		began := time.Now()
		_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		if spent := time.Since(began); spent != 5*time.Second || !strings.Contains(err.Error(), "HTTP 503") {
			t.Errorf("%v after %v", err, spent)
		}
	})
}

// TestEndBlockedRead: a Close, a cancel and a deadline each end a Next that waits in the middle of a frame, at that very
// nanosecond of a clock that stands still, and the error says which it was and stays. Nothing waits for the peer.
func TestEndBlockedRead(t *testing.T) {
	cause := errors.New("enough")
	rows := []struct {
		name string
		is   []error
		end  func(cancel context.CancelCauseFunc, s *Stream) // nil: nothing but the deadline
	}{
		{"cancel", []error{context.Canceled, cause}, func(cancel context.CancelCauseFunc, _ *Stream) { cancel(cause) }},
		{"Close", []error{ErrClosed}, func(_ context.CancelCauseFunc, s *Stream) { s.Close() }},
		{"deadline", []error{context.DeadlineExceeded, cause}, nil},
	}
	for _, h2 := range []bool{false, true} {
		for _, r := range rows {
			synctest.Test(t, func(t *testing.T) {
				c := newScripted(t, h2)
				ctx, cancel := context.WithCancelCause(withScript(halfFrame(h2)))
				defer cancel(nil)
				ctx, stop := context.WithTimeoutCause(ctx, 10*time.Second, cause) // before net/http's ping over HTTP/2
				defer stop()
				s, err := c.InvokeModelWithResponseStream(ctx, testRequest())
				if err == nil {
					_, err = s.Next()
				}
				if err != nil {
					t.Fatal(err)
				}
				want := 10 * time.Second
				if r.end != nil {
					want = time.Second
					time.AfterFunc(want, func() { r.end(cancel, s) })
				}
				began := time.Now()
				_, end := s.Next()
				if spent := time.Since(began); spent != want {
					t.Errorf("%s, HTTP/2 %v: it took %v, want %v", r.name, h2, spent, want)
				}
				for _, is := range r.is {
					if !errors.Is(end, is) || errors.Is(end, io.EOF) || errors.Is(end, frame.ErrTruncated) {
						t.Errorf("%s, HTTP/2 %v: %v, want %v", r.name, h2, end, is)
					}
				}
				sticky(t, s, end)
			})
		}
	}
}

// TestHeldTrailer: over HTTP/1.1, three events and the last HTTP chunk's line, and then silence. net/http holds back what
// has come while it waits for the trailer; all three events are delivered, and then comes the stall.
func TestHeldTrailer(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	three := bytes.Repeat(chunk, 3)
	each := []byte(chunkedHead)
	for range 3 {
		each = append(fmt.Appendf(each, "%x\r\n", len(chunk)), chunk...)
		each = append(each, "\r\n"...)
	}
	rows := []struct {
		name string
		send []byte
	}{
		{"an HTTP chunk for each event", each},
		{"one HTTP chunk", append(fmt.Appendf([]byte(chunkedHead), "%x\r\n", len(three)), append(bytes.Clone(three), "\r\n"...)...)},
	}
	for _, r := range rows {
		for _, piece := range []int{0, 1, len(chunk)} {
			for _, returnAtHead := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					c := newScripted(t, false, func(cfg *Config) {
						cfg.ReturnAtHead = returnAtHead
						cfg.Timeouts = Timeouts{FirstEvent: time.Minute, Idle: time.Minute}
					})
					began := time.Now()
					got, _, end := play(c, script{send: append(bytes.Clone(r.send), "0\r\n"...), piece: piece})
					if len(got) != 3 || !errors.Is(end, ErrStalled) || time.Since(began) != time.Minute {
						t.Errorf("%s, in pieces of %d, ReturnAtHead %v: %d events, %v after %v", r.name, piece, returnAtHead, len(got), end, time.Since(began))
					}
				})
			}
		}
	}
}

// TestConnectedInTime: once there is a connection, what is left of FirstEvent is the limit, counted from the start of the
// request.
func TestConnectedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		b, ctx := newBody(t.Context(), Timeouts{Connect: 50 * time.Second, FirstEvent: time.Minute}, []byte("{}"), true)
		defer b.release()
		time.Sleep(40 * time.Second)
		b.connected()
		<-ctx.Done()
		var stall *StallError
		if err := b.cause(); time.Since(began) != time.Minute || !errors.As(err, &stall) || stall.WaitingFor != "the response head" || stall.Limit != time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}
