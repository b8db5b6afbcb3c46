package bedrocktest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxBody is the largest body of a request, the service's own limit (Amazon
// Bedrock API Reference, InvokeModelWithResponseStream).
const maxBody = 25_000_000

// How much a Server remembers by default, so that a soak test of a million calls
// does not fill the memory: so many requests, with so many bytes of body in all.
const (
	defaultKeep  = 1000
	maxKeptBytes = 64 << 20
)

// Auth is the way a request was authenticated.
type Auth string

// The ways. What a request claims counts, whether or not it was let in.
const (
	NoAuth    Auth = "none"
	SigV4     Auth = "sigv4"           // Authorization: AWS4-HMAC-SHA256 ...
	Presigned Auth = "sigv4-presigned" // X-Amz-Signature in the query
	Bearer    Auth = "bearer"          // Authorization: Bearer ...
)

// Request is a request as it came over the wire. It belongs to whoever got it
// from Requests; Respond must not change its Header and Body. It prints without
// its headers and body, which may hold a token or a person's words.
type Request struct {
	Method  string
	Path    string // as on the wire, with its escapes
	Query   string // as on the wire, without '?'
	Host    string
	Proto   string      // "HTTP/1.1" or "HTTP/2.0"
	Header  http.Header `json:"-"`
	Body    []byte      `json:"-"`
	ModelID string      // unescaped, from the path; empty on an unknown path
	Auth    Auth
	Time    time.Time // of arrival, by Server.Now

	// RequestID is the id in the answer's X-Amzn-RequestId.
	RequestID string

	// Refused is the code the request was refused with, such as
	// "InvalidSignatureException"; empty for a request that was let in.
	Refused string
}

// Requests returns copies of the requests so far, in the order in which they came
// in whole, those that were refused too: the latest Keep of them, fewer where
// their bodies have more than 64 MiB together.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.requests)
	for i := range out {
		out[i].Header = out[i].Header.Clone()
		out[i].Body = bytes.Clone(out[i].Body)
	}
	return out
}

// record remembers a request.
func (s *Server) record(r Request) {
	keep := s.Keep
	if keep == 0 {
		keep = defaultKeep
	}
	if keep < 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	s.kept += len(r.Body)
	for n := len(s.requests); n > keep || n > 1 && s.kept > maxKeptBytes; n-- {
		s.kept -= len(s.requests[0].Body)
		s.requests[0] = Request{} // lets go of the body
		s.requests = s.requests[1:]
	}
}

// errBodySize is what a body over maxBody ends with.
var errBodySize = errors.New("bedrocktest: the body is over 25,000,000 bytes")

// read takes the request off the wire.
func (s *Server) read(r *http.Request) (Request, error) {
	// RequestURI is the request line's target. URL has been parsed, and what
	// was escaped, and how, can no longer be told from it in every case.
	path, query, _ := strings.Cut(r.RequestURI, "?")
	req := Request{
		Method: r.Method, Path: path, Query: query, Host: r.Host, Proto: r.Proto,
		Header: r.Header.Clone(), Time: s.now(), RequestID: newUUID(),
	}
	switch authorization := r.Header.Get("Authorization"); {
	case authorization == "Bearer" || strings.HasPrefix(authorization, "Bearer "):
		req.Auth = Bearer
	case authorization != "":
		req.Auth = SigV4
	case strings.Contains(query, "X-Amz-Signature="):
		req.Auth = Presigned
	default:
		req.Auth = NoAuth
	}
	var err error
	req.Body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err == nil && len(req.Body) > maxBody {
		// A client that is still sending would see a broken connection in place
		// of the answer, so as much again is taken and thrown away.
		_, _ = io.CopyN(io.Discard, r.Body, maxBody)
		req.Body, err = nil, errBodySize
	}
	return req, err
}

// String is one line without header, query and body.
func (r Request) String() string {
	s := fmt.Sprintf("%s %q %s %s %s", r.Method, r.Path, r.Proto, r.Auth, r.RequestID)
	if r.Refused != "" {
		s += fmt.Sprintf(" refused: %s", r.Refused)
	}
	return s
}

// Format prints String under every verb: %+v and %#v would show the headers.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue logs String.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.String()) }
