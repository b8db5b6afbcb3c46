package client

import (
	"io"
	"net/http"
	"time"

	"bedrockwire/signer"
)

// binding says what an operation is. Each operation has one, in the file of its method. For a
// [Call], one is made.
type binding struct {
	operation     string // the name in the service's API reference
	action        string // the IAM action that it needs; empty where that is not known
	service       string // host prefix of its endpoint
	method        string
	before, after string // the path before the label, and after it
	safe          bool   // it changes nothing and costs nothing, so repeating it does no harm
}

// Host prefixes of the service's two planes. Both are signed for the service name "bedrock".
const (
	runtimeService = "bedrock-runtime"
	controlService = "bedrock"
	signingName    = "bedrock"
)

// request is what one call sends. It is the same for each of its attempts.
type request struct {
	*binding
	to     endpoint
	path   string // escaped, as on the wire, with the endpoint's prefix
	query  string // escaped, as on the wire
	fields []field
	body   []byte
	hash   string // of body
	input  input  // in place of body, for a body that is made while it is sent; nil otherwise

	timeouts Timeouts // these three are the Config's, with what CallOptions change
	retry    Retry
	tap      func([]byte)
	extra    []field // the headers of Config and CallOptions

	id       string // amz-sdk-invocation-id
	began    time.Time
	log      logger
	attempts int
	signing  signing // of the last attempt
}

// input is a body that is made while it is sent: the input stream of a bidirectional operation.
type input interface {
	// signed starts an attempt, whose request was signed with keys at a date with this skew.
	signed(r *signer.Request, keys *signer.Credentials, skew time.Duration) error
	// reader returns the body of the attempt.
	reader() io.ReadCloser
	// transport sends the attempt.
	transport() http.RoundTripper
	// repeatable ends the body of the attempt, and reports whether nothing of the input was taken.
	repeatable() bool
}

// field is a header of a request, its name in canonical form. It is signed.
type field struct{ name, value string }

// newRequest makes the HTTP request of a call. It escapes the label, which must have been checked.
func (c *Client) newRequest(op *binding, label string, body []byte) (*request, error) {
	to, err := c.endpoint(op.service)
	if err != nil {
		return nil, err
	}
	path := make([]byte, 0, len(to.prefix)+len(op.before)+3*len(label)+len(op.after))
	path = append(append(path, to.prefix...), op.before...)
	path = append(appendLabel(path, label), op.after...)
	return bind(op, to, string(path), body), nil
}

func bind(op *binding, to endpoint, path string, body []byte) *request {
	return &request{binding: op, to: to, path: path, body: body, hash: signer.HashPayload(body), fields: make([]field, 0, 8)}
}

// set adds a header with value or, if that is empty, with instead. If both are empty it adds none.
func (r *request) set(name, value, instead string) {
	if value == "" {
		value = instead
	}
	if value != "" {
		r.fields = append(r.fields, field{name, value})
	}
}

// extraFields is how many headers an attempt adds to those of its request and of the Config, without
// a session token. With room for no more, the usual map of 8 headers needs half the memory, which a
// stream holds while it is open.
const extraFields = 6

// headers collects the headers of one attempt. The values share one array: a slice for each of them
// would be a fifth of a call's allocations.
type headers struct {
	http   http.Header
	values []string
}

func (h *headers) set(name, value string) {
	n := len(h.values)
	h.values = append(h.values, value)
	h.http[name] = h.values[n : n+1 : n+1]
}

// headers returns the headers that an attempt starts with.
func (r *request) headers() headers {
	size := len(r.fields) + len(r.extra) + extraFields
	h := headers{make(http.Header, size), make([]string, 0, size)}
	for _, f := range r.extra {
		h.set(f.name, f.value)
	}
	for _, f := range r.fields {
		h.set(f.name, f.value)
	}
	return h
}
