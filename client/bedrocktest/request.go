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
	"sync"
	"time"

	"bedrockwire/client/internal/uuid"
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
	Method string
	Path   string // as on the wire, with its escapes
	Query  string // as on the wire, without '?'
	Host   string
	Proto  string      // "HTTP/1.1" or "HTTP/2.0"
	Header http.Header `json:"-"`
	Body   []byte      `json:"-"`
	Auth   Auth
	Time   time.Time // of arrival, by Server.Now

	Operation string            // such as "ConverseStream"; empty where the server does not know it
	Labels    map[string]string // the labels of the path, unescaped
	ModelID   string            // the label modelId

	// AccessKeyID is the key that the request claims to be signed with; empty where it is not signed.
	AccessKeyID string

	// RequestID is the id in the answer's X-Amzn-RequestId.
	RequestID string

	// Refused is the code the request was refused with, such as
	// "InvalidSignatureException"; empty for a request that was let in. Reason
	// is the rest of the refusal.
	Refused, Reason string

	operation *operation
	messages  *signer.EventVerifier // of the request's own events, see talk
}

// talks reports whether the request is an event stream itself.
func (r *Request) talks() bool { return r.operation != nil && r.operation.talks }

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

// head takes the head of a request off the wire.
func (s *Server) head(r *http.Request) Request {
	// RequestURI is the request line's target. URL has been parsed, and what
	// was escaped, and how, can no longer be told from it in every case.
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok && path[0] != '/' { // absolute form: RFC 9112, section 3.2.2
		_, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	req := Request{
		Method: r.Method, Path: path, Query: query, Host: r.Host, Proto: r.Proto,
		Header: r.Header.Clone(), Time: s.now(), RequestID: uuid.New(),
	}
	req.operation = s.route(&req)
	authorization := r.Header.Get("Authorization")
	scheme, _, _ := strings.Cut(authorization, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"): // RFC 9110, section 11.1: in any case
		req.Auth = Bearer
	case authorization != "":
		req.Auth = SigV4
	case strings.Contains(query, "X-Amz-Signature="):
		req.Auth = Presigned
	default:
		req.Auth = NoAuth
	}
	return req
}

// Bodies of unauthenticated requests share a budget, so that many at a time can't fill the memory. Small ones go free.
const (
	bodyBudget = 4 * maxBody
	smallBody  = 64 << 10
	budgetWait = 10 * time.Second
)

// admit authenticates a request: by its head as far as that goes, and then by its body, which it reads.
func (s *Server) admit(req *Request, r *http.Request) *refusal {
	if why := s.authenticate(req, false); why != nil || req.talks() {
		if r.Header.Get("Expect") == "" && !req.talks() {
			// A client that is still sending would see a broken connection in place of the answer.
			_, _ = io.CopyN(io.Discard, r.Body, 2*maxBody)
		}
		return why
	}
	size := r.ContentLength
	if size < 0 || size > maxBody {
		size = maxBody
	}
	var body bytes.Buffer
	if size > smallBody {
		if !s.budget.take(size, r.Context().Done(), s.closing) {
			return &refusal{"ServiceUnavailableException", "Too many large requests at a time.", http.StatusServiceUnavailable}
		}
		defer s.budget.put(size)
	}
	if r.ContentLength >= 0 {
		body.Grow(int(size) + bytes.MinRead)
	}
	n, err := body.ReadFrom(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		abort() // the client has gone before its request was whole
	case n > maxBody:
		_, _ = io.CopyN(io.Discard, r.Body, maxBody) // as above
		return &refusal{"ValidationException", "bedrocktest: the body is over 25,000,000 bytes", http.StatusBadRequest}
	}
	req.Body = body.Bytes()
	return s.authenticate(req, true)
}

// budget is a number of bytes that is shared.
type budget struct {
	mu    sync.Mutex
	taken int64
	freed chan struct{} // closed when some are put back
}

// take takes n bytes when there are as many, for at most budgetWait.
func (b *budget) take(n int64, gone, closing <-chan struct{}) bool {
	timer := time.NewTimer(budgetWait)
	defer timer.Stop()
	for {
		b.mu.Lock()
		if b.taken+n <= bodyBudget {
			b.taken += n
			b.mu.Unlock()
			return true
		}
		if b.freed == nil {
			b.freed = make(chan struct{})
		}
		freed := b.freed
		b.mu.Unlock()
		select {
		case <-freed:
		case <-timer.C:
			return false
		case <-gone:
			return false
		case <-closing:
			return false
		}
	}
}

func (b *budget) put(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken -= n
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
	}
}

// String is one line without header, query and body.
func (r Request) String() string {
	s := fmt.Sprintf("%s %q %s %s %s", r.Method, r.Path, r.Proto, r.Auth, r.RequestID)
	if r.Refused != "" {
		s += fmt.Sprintf(" refused: %s: %s", r.Refused, r.Reason)
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

// refusal is why a request is not let in, in the service's words. A status of 0 is 403.
type refusal struct {
	code, message string
	status        int
}

// reply answers a request that is not let in.
func (why *refusal) reply() Reply {
	status := why.status
	if status == 0 {
		status = http.StatusForbidden
	}
	r := failure(status, why.code, why.message)
	r.Header.Set("X-Amzn-Errortype", why.code+coralNamespace)
	return r
}

// authenticate returns nil for a request that may come in. Without the whole request, it looks at the head alone.
func (s *Server) authenticate(r *Request, whole bool) *refusal {
	if r.talks() {
		switch {
		case r.Proto != "HTTP/2.0":
			return &refusal{"ValidationException", "bedrocktest: " + r.Operation + " needs HTTP/2", http.StatusBadRequest}
		case r.Auth == Bearer: // Amazon Bedrock User Guide, "How Amazon Bedrock API keys work"
			return &refusal{code: "AccessDeniedException", message: "bedrocktest: " + r.Operation + " can't be called with an API key"}
		}
	}
	switch r.Auth {
	case Bearer:
		_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		// The hashes have one length, so that not even the token's shows.
		got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.BearerToken))
		if len(r.Header["Authorization"]) != 1 || !hmac.Equal(got[:], want[:]) {
			return &refusal{code: "AccessDeniedException", message: "Authentication failed: Please make sure your API Key is valid."}
		}
		return nil
	case SigV4, Presigned:
		return s.verify(r, whole)
	}
	return &refusal{code: "MissingAuthenticationTokenException", message: "Missing Authentication Token"}
}

// verify checks a signature and puts what is wrong with it in the service's words.
func (s *Server) verify(r *Request, whole bool) *refusal {
	scope := claimedScope(r)
	region := s.Region
	if region == "" {
		region = scope.region // what the request says of itself: Verify is what checks it
	}
	// HTTP/2 may leave the length out of the header, and a client may have signed it.
	header := r.Header
	if len(header["Content-Length"]) == 0 && signsLength(r) {
		header = header.Clone()
		header.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	req := &signer.Request{Method: r.Method, Host: r.Host, Path: r.Path, RawQuery: r.Query, Header: header, PayloadHash: signer.HashPayload(r.Body)}
	if r.talks() {
		req.PayloadHash = signer.StreamingEvents
	}
	keys := s.Credentials
	if id, err := req.AccessKeyID(); err == nil {
		r.AccessKeyID = id
		for _, other := range s.MoreCredentials {
			if other.AccessKeyID == id && id != keys.AccessKeyID {
				keys = other
				break
			}
		}
	}
	var err error
	for _, normalize := range []bool{false, true} { // SDKs that sign the normalised path send the raw one
		verifier := signer.Signer{Region: region, Service: service, NormalizePath: normalize}
		if err = verifier.Verify(req, &keys, s.now(), clockWindow); !errors.Is(err, signer.ErrSignature) {
			if err == nil && r.talks() {
				r.messages, err = verifier.VerifyEvents(req, &keys)
			}
			break
		}
	}
	if !whole && !r.talks() && (errors.Is(err, signer.ErrSignature) || errors.Is(err, signer.ErrPayload)) {
		return nil // these need the body
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, signer.ErrKeyID), errors.Is(err, signer.ErrToken):
		return &refusal{code: "UnrecognizedClientException", message: "The security token included in the request is invalid."}
	case errors.Is(err, signer.ErrExpired):
		return &refusal{code: "ExpiredTokenException", message: "The security token included in the request is expired"}
	case errors.Is(err, signer.ErrClock):
		return s.clockRefusal(r)
	case errors.Is(err, signer.ErrMalformed), errors.Is(err, signer.ErrInvalid):
		return &refusal{code: "IncompleteSignatureException", message: err.Error()}
	case errors.Is(err, signer.ErrScope) && scope.service != service:
		return &refusal{code: "InvalidSignatureException", message: "Credential should be scoped to correct service: '" + service + "'. "}
	case errors.Is(err, signer.ErrScope):
		return &refusal{code: "InvalidSignatureException", message: "Credential should be scoped to a valid region. "}
	case errors.Is(err, signer.ErrSignedHeaders), errors.Is(err, signer.ErrPayload):
		return &refusal{code: "InvalidSignatureException", message: err.Error()}
	}
	return &refusal{code: "InvalidSignatureException", message: "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}
}

// clockRefusal is what the service says of a date that is off by more than the window.
func (s *Server) clockRefusal(r *Request) *refusal {
	const layout = "20060102T150405Z"
	date := r.Header.Get("X-Amz-Date")
	if r.Auth == Presigned {
		values, _ := url.ParseQuery(r.Query)
		date = values.Get("X-Amz-Date")
	}
	now := s.now().UTC()
	at, _ := time.Parse(layout, date) // Verify has read it
	text := "Signature expired: " + date + " is now earlier than " + now.Add(-clockWindow).Format(layout) + " (" + now.Format(layout) + " - 5 min.)"
	if at.After(now) {
		text = "Signature not yet current: " + date + " is still later than " + now.Add(clockWindow).Format(layout) + " (" + now.Format(layout) + " + 5 min.)"
	}
	return &refusal{code: "InvalidSignatureException", message: text}
}

// scope is a part of the credential that a request claims.
type scope struct{ region, service string }

// claimedScope is the scope of the request's credential.
func claimedScope(r *Request) scope {
	credential := ""
	if r.Auth == Presigned {
		values, _ := url.ParseQuery(r.Query)
		credential = values.Get("X-Amz-Credential")
	} else if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(rest, ",")
	}
	// KEY/DATE/REGION/SERVICE/aws4_request, from the right: a key id may have a '/'.
	parts := strings.Split(credential, "/")
	n := len(parts)
	if n < 5 || parts[n-3] == "" {
		return scope{"us-east-1", ""} // any region that is well formed: Verify will refuse the credential
	}
	return scope{parts[n-3], parts[n-2]}
}

// signsLength reports whether the request's signature covers its Content-Length.
func signsLength(r *Request) bool {
	claim := r.Header.Get("Authorization") + r.Query
	return strings.Contains(strings.ToLower(claim), "content-length")
}
