package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bedrockwire/client/bedrocktest"
)

// What every call says and should hear.
const (
	prompt       = "Hello"
	modelID      = "anthropic.claude-3-haiku-20240307-v1:0"
	talkModelID  = "amazon.nova-sonic-v1:0" // of InvokeModelWithBidirectionalStream
	answerText   = "one two three four five"
	answerTokens = "2" // what CountTokens returns for the prompt
)

var answerParts = []string{"one ", "two ", "three ", "four ", "five"}

// The operations, as they are named in jobs.
const (
	invoke         = "InvokeModel"
	invokeStream   = "InvokeModelWithResponseStream"
	converseOp     = "Converse"
	converseStream = "ConverseStream"
	countTokens    = "CountTokens"
	bidirectional  = "InvokeModelWithBidirectionalStream"
)

var operations = []string{invoke, invokeStream, converseOp, converseStream, countTokens, bidirectional}

func streams(operation string) bool { return strings.HasSuffix(operation, "Stream") }

// auth is how a call is authenticated: with a key pair, or with an API key.
type auth struct {
	ID     string `json:"id,omitempty"`
	Secret string `json:"secret,omitempty"`
	Token  string `json:"token,omitempty"`
}

// job is one call.
type job struct {
	Operation string `json:"operation"`
	URL       string `json:"url"`
	Auth      auth   `json:"auth"`
}

// caller is a client. call returns the text of the answer; an error that has a name of its own is a named.
type caller struct {
	name       string
	operations []string
	retries    bool
	call       func(context.Context, job) (string, error)
}

// named is an error with the name by which the users of a client tell it from others.
type named struct{ name, message string }

// hung names the error of a call that clients.mjs gave up.
const hung = "Hung"

func (e named) Error() string { return e.name + ": " + e.message }

// A cut is a fault that ends or damages a stream. whole says that all frames until then are whole, so that only a
// terminal event tells the stream from a whole one.
var cuts = []struct {
	title, fault string
	whole        bool
}{
	{"ends between two frames", "end@frame=4", true},
	{"ends in a frame", "end@frame=4,byte=20", false},
	{"ends in a frame's first 4 bytes", "end@frame=4,byte=2", false},
	{"connection closed in a frame", "fin@frame=4,byte=20", false},
	{"stream reset in a frame", "reset@frame=4,byte=20", false},
	{"no terminal event", "incomplete", true},
	{"a bit of a payload flipped", "flip@frame=4,byte=100", false},
}

// bench is the servers that one client calls.
type bench struct {
	servers map[string]*bedrocktest.Server // by fault
	proxy   *httptest.Server
	close   []func()
}

// trust is the certificate that all servers have: a Node.js process can't be told of several with one subject.
type trust struct {
	file  string
	roots *x509.CertPool
}

// newTrust writes the certificate of package httptest to a file in dir.
func newTrust(dir string) (trust, error) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	t := trust{filepath.Join(dir, "ca.pem"), x509.NewCertPool()}
	t.roots.AddCert(s.Certificate())
	return t, os.WriteFile(t.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o644)
}

// start starts a server for each fault, and a proxy in front of the one without a fault.
func start(roots *x509.CertPool) (*bench, error) {
	b := &bench{servers: map[string]*bedrocktest.Server{}}
	b.proxy = httptest.NewUnstartedServer(nil)
	b.proxy.EnableHTTP2 = true
	b.proxy.Config.ErrorLog = log.New(io.Discard, "", 0)
	b.proxy.StartTLS()
	b.close = append(b.close, b.proxy.Close)
	faults := []string{"", "throttle=2", "exception=throttlingException@frame=4"}
	for _, c := range cuts {
		faults = append(faults, c.fault)
	}
	for _, text := range faults {
		fault, err := bedrocktest.ParseFault(text)
		if err != nil {
			return b, err
		}
		s := bedrocktest.NewUnstartedServer(bedrocktest.Answer(bedrocktest.Say(answerParts...)))
		s.Fault, s.Keep, s.Region = fault, 1, "us-east-1"
		s.TLS = &tls.Config{Certificates: b.proxy.TLS.Certificates}
		if err := s.StartTLS(); err != nil {
			return b, err
		}
		b.close = append(b.close, s.Close)
		b.servers[text] = s
	}
	target, err := url.Parse(b.servers[""].URL)
	if err != nil {
		return b, err
	}
	// The proxy leaves the host and the path as they are, because they are signed.
	b.proxy.Config.Handler = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, r.In.Host
		},
		FlushInterval: -1,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableCompression: true},
		ErrorLog:      log.New(io.Discard, "", 0),
	}
	return b, nil
}

// last is the request that the server without a fault got last.
func (b *bench) last() bedrocktest.Request {
	all := b.servers[""].Requests()
	if len(all) == 0 {
		return bedrocktest.Request{}
	}
	return all[len(all)-1]
}

// results are what one client made of everything.
type results struct {
	caller
	protocol string
	cells    map[string]string // by column, and by column and operation
	failures []string
	err      error // of the latest call
}

func (r *results) fail(format string, args ...any) {
	r.failures = append(r.failures, r.name+": "+fmt.Sprintf(format, args...))
}

// outcome calls, and says in a few words what came of it. fine is the outcome of a whole answer.
func (r *results) outcome(ctx context.Context, operation, url string, a auth, fine string) string {
	text, err := r.call(ctx, job{operation, url, a})
	r.err = err
	want := answerText
	if operation == countTokens {
		want = answerTokens
	}
	e, isNamed := err.(named)
	switch {
	case isNamed && e.name == hung:
		return "hangs"
	case isNamed:
		return "`" + e.name + "`"
	case err != nil:
		return "error"
	case text == want:
		return fine
	default:
		return fmt.Sprintf("%q without an error", text)
	}
}

// each calls the client's operations with outcome, and sets the cell of the column: one outcome where all are the same.
// It adds a failure for each outcome that is not wanted.
func (r *results) each(column string, list []string, call func(operation string) string, wanted func(string) bool) {
	var parts, same []string
	for _, operation := range list {
		got := call(operation)
		if !wanted(got) {
			r.fail("%s, %s: %s (%v)", operation, column, got, r.err)
		}
		parts = append(parts, operation+": "+got)
		if len(same) == 0 || same[0] != got {
			same = append(same, got)
		}
	}
	switch len(same) {
	case 0:
		r.cells[column] = "–"
	case 1:
		r.cells[column] = same[0]
	default:
		r.cells[column] = strings.Join(parts, "<br>")
	}
}

// run has the client make all calls.
func (b *bench) run(ctx context.Context, c caller) *results {
	r := &results{caller: c, cells: map[string]string{}}
	example := bedrocktest.Credentials()
	right := auth{ID: example.AccessKeyID, Secret: example.SecretAccessKey}
	wrong := auth{ID: example.AccessKeyID, Secret: "not-the-secret"}
	token := auth{Token: bedrocktest.ExampleBearerToken}
	yes := func(got string) bool { return got == "yes" }
	isError := func(got string) bool { return got == "error" || strings.HasPrefix(got, "`") }
	var one, streaming []string // without, and only, the operations that stream
	for _, operation := range c.operations {
		if operation != bidirectional {
			one = append(one, operation)
		}
		if streams(operation) {
			streaming = append(streaming, operation)
		}
	}
	base := b.servers[""].URL
	for _, operation := range c.operations {
		got := r.outcome(ctx, operation, base, right, "yes")
		r.cells[operation] = got
		if last := b.last(); !yes(got) || last.Operation != operation {
			r.fail("%s: %s (%v), and the server got %v", operation, got, r.err, last)
		} else if r.protocol == "" || r.protocol == last.Proto {
			r.protocol = last.Proto
		} else {
			r.protocol = "HTTP/1.1, HTTP/2.0"
		}
	}
	r.each("wrong secret", c.operations, func(operation string) string {
		return r.outcome(ctx, operation, base, wrong, "yes")
	}, isError)
	// The service takes no API key for a stream in both directions.
	r.each("API key", one, func(operation string) string { return r.outcome(ctx, operation, base, token, "yes") }, yes)
	if c.retries {
		r.each("throttled twice", one, func(operation string) string {
			return r.outcome(ctx, operation, b.servers["throttle=2"].URL, right, "yes")
		}, yes)
	} else {
		r.cells["throttled twice"] = "–"
	}
	r.each("exception in a stream", streaming, func(operation string) string {
		return r.outcome(ctx, operation, b.servers["exception=throttlingException@frame=4"].URL, right, "whole")
	}, isError)
	for _, prefix := range []string{"/pre", "/pre/"} {
		r.each("proxy at "+prefix, c.operations, func(operation string) string {
			got := r.outcome(ctx, operation, b.proxy.URL+prefix, right, "yes")
			if last := b.last(); !strings.HasPrefix(last.Path, "/pre/") || last.Operation != operation {
				return "the server got " + last.Path
			}
			return got
		}, yes)
	}
	for _, operation := range streaming {
		for _, cut := range cuts {
			got := r.outcome(ctx, operation, b.servers[cut.fault].URL, right, "no error")
			switch {
			case isError(got):
				got = "error"
			case strings.HasSuffix(got, "without an error"):
				got = "no error"
			}
			// A stream in both directions has no terminal event.
			if strings.HasPrefix(c.name, "bedrockwire") && got != "error" && (operation != bidirectional || !cut.whole) {
				r.fail("%s, %s: %s", operation, cut.title, got)
			}
			if got == "no error" || got == "hangs" {
				got = "**" + got + "**"
			}
			r.cells[operation+cut.fault] = got
		}
	}
	return r
}

// runClient starts servers for the client, and has it make all calls.
func runClient(ctx context.Context, roots *x509.CertPool, c caller) (*results, error) {
	b, err := start(roots)
	defer func() {
		for _, f := range b.close {
			f()
		}
	}()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	r := b.run(ctx, c)
	fmt.Fprintf(os.Stderr, "# %s: %s\n", c.name, time.Since(began).Round(time.Second))
	return r, nil
}

// callAll runs all clients, and writes the tables.
func callAll(ctx context.Context, dir string, w io.Writer) (failures []string, err error) {
	t, err := newTrust(dir)
	if err != nil {
		return nil, err
	}
	js, stop, err := jsClients(ctx, t, dir)
	defer stop()
	if err != nil {
		return nil, err
	}
	curl, err := curlClient(ctx, dir)
	if err != nil {
		return nil, err
	}
	// Most of the time is spent waiting between tries, so all clients run at the same time.
	callers := append(append(js, goClients(t.roots)...), curl)
	all, errs := make([]*results, len(callers)), make([]error, len(callers))
	var running sync.WaitGroup
	for i, c := range callers {
		running.Add(1)
		go func() {
			defer running.Done()
			all[i], errs[i] = runClient(ctx, t.roots, c)
		}()
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, r := range all {
		failures = append(failures, r.failures...)
	}

	fmt.Fprint(w, `
## Clients against the fake

Real clients call the server of package bedrocktest over TLS on loopback. `+"`.ci/run clients`"+` does so and writes this section;
bench/peers/clients/package.json and bench/peers/go.mod pin the versions. "–" is what a client does not have.

`)
	columns := []string{"client", "protocol"}
	table(w, append(columns, operations...), all, func(r *results) []string {
		row := []string{r.name, r.protocol}
		for _, operation := range operations {
			row = append(row, r.cells[operation])
		}
		return row
	})
	fmt.Fprint(w, "\nA wrong secret should be refused, and an exception in a stream be an error; the cell has the error's name or code where it has one.\n\n")
	columns = []string{"wrong secret", "API key", "throttled twice", "exception in a stream", "proxy at /pre", "proxy at /pre/"}
	table(w, append([]string{"client"}, columns...), all, func(r *results) []string {
		row := []string{r.name}
		for _, column := range columns {
			row = append(row, r.cells[column])
		}
		return row
	})
	fmt.Fprint(w, "\nWhat each client reports where a stream is cut or damaged. \"No error\" means that\nthe client ends its stream as it ends a whole one: its user sees the fault only by looking for the terminal event.\nInvokeModelWithBidirectionalStream has no terminal event.\n\n")
	header := []string{"client", "operation"}
	for _, cut := range cuts {
		header = append(header, cut.title)
	}
	var rows [][]string
	for _, r := range all {
		for _, operation := range r.operations {
			if !streams(operation) {
				continue
			}
			row := []string{r.name, operation}
			for _, cut := range cuts {
				row = append(row, r.cells[operation+cut.fault])
			}
			rows = append(rows, row)
		}
	}
	table(w, header, rows, func(row []string) []string { return row })
	return failures, nil
}

// table writes a table in Markdown. An empty cell is a dash.
func table[T any](w io.Writer, header []string, rows []T, cells func(T) []string) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat("---|", len(header)))
	for _, r := range rows {
		row := cells(r)
		for i := range row {
			if row[i] == "" {
				row[i] = "–"
			}
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
}
