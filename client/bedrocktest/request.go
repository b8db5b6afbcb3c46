package bedrocktest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrockwire/signer"
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

// service is the name requests are signed for, on the runtime as on the control
// plane.
const service = "bedrock"

// clockWindow is how far a client's clock may be off. AWS documents 5 minutes;
// services were seen to allow up to 15.
const clockWindow = 5 * time.Minute

// refusal is why a request is not let in, in the service's words.
type refusal struct{ code, message string }

// authenticate returns nil for a request that may come in.
func (s *Server) authenticate(r *Request) *refusal {
	switch r.Auth {
	case Bearer:
		token := strings.TrimPrefix(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer"), " ")
		// The hashes have one length, so that not even the token's shows.
		got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.BearerToken))
		if len(r.Header["Authorization"]) != 1 || !hmac.Equal(got[:], want[:]) {
			return &refusal{"AccessDeniedException", "Authentication failed: Please make sure your API Key is valid."}
		}
		return nil
	case SigV4, Presigned:
		return s.verify(r)
	}
	return &refusal{"MissingAuthenticationTokenException", "Missing Authentication Token"}
}

// verify checks a signature and puts what is wrong with it in the service's words.
func (s *Server) verify(r *Request) *refusal {
	region := s.Region
	if region == "" {
		region = claimedRegion(r)
	}
	// HTTP/2 may leave the length out of the header, and a client may have signed it.
	header := r.Header
	if len(header["Content-Length"]) == 0 && signsLength(r) {
		header = header.Clone()
		header.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	verifier := signer.Signer{Region: region, Service: service}
	err := verifier.Verify(&signer.Request{
		Method: r.Method, Host: r.Host, Path: r.Path, RawQuery: r.Query,
		Header: header, PayloadHash: signer.HashPayload(r.Body),
	}, &s.Credentials, s.now(), clockWindow)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, signer.ErrKeyID):
		return &refusal{"UnrecognizedClientException", "The security token included in the request is invalid."}
	case errors.Is(err, signer.ErrToken):
		return &refusal{"UnrecognizedClientException", "The security token included in the request is invalid."}
	case errors.Is(err, signer.ErrExpired):
		return &refusal{"ExpiredTokenException", "The security token included in the request is expired"}
	case errors.Is(err, signer.ErrClock):
		return &refusal{"InvalidSignatureException", "Signature expired or not yet current: the server's time is " +
			s.now().UTC().Format("20060102T150405Z")}
	case errors.Is(err, signer.ErrMalformed), errors.Is(err, signer.ErrInvalid):
		return &refusal{"IncompleteSignatureException", err.Error()}
	case errors.Is(err, signer.ErrScope):
		return &refusal{"InvalidSignatureException", "Credential should be scoped to a valid region and to the service '" + service + "'."}
	case errors.Is(err, signer.ErrSignedHeaders), errors.Is(err, signer.ErrPayload):
		return &refusal{"InvalidSignatureException", err.Error()}
	}
	return &refusal{"InvalidSignatureException", "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
}

// claimedRegion is the region in the scope of the request's credential. It is
// what the request says of itself: Verify is what checks it.
func claimedRegion(r *Request) string {
	credential := ""
	if r.Auth == Presigned {
		values, _ := url.ParseQuery(r.Query)
		credential = values.Get("X-Amz-Credential")
	} else if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(rest, ",")
	}
	// KEY/DATE/REGION/SERVICE/aws4_request, from the right: a key id may have a '/'.
	parts := strings.Split(credential, "/")
	if len(parts) < 5 || parts[len(parts)-3] == "" {
		return "us-east-1" // any that is well formed: Verify will refuse the credential
	}
	return parts[len(parts)-3]
}

// signsLength reports whether the request's signature covers its Content-Length.
func signsLength(r *Request) bool {
	claim := r.Header.Get("Authorization") + r.Query
	return strings.Contains(strings.ToLower(claim), "content-length")
}

// refuse answers a request that is not let in.
func (why *refusal) reply() Reply { return failure(http.StatusForbidden, why.code, why.message) }
