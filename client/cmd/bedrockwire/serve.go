package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/signer"
)

const serveAbout = `Runs a fake Bedrock on the loopback interface, for tests in any language. The first line on standard output is its URL.
SIGINT and SIGTERM end it, with status 0.

  POST URL/model/ID/invoke, invoke-with-response-stream   answer in the form of the model's family
  POST URL/model/ID/converse, converse-stream             answer in the form that Converse has for all models
  POST URL/model/ID/invoke-with-bidirectional-stream      sends each chunk back; over HTTP/2 only
  POST URL/model/ID/count-tokens                          counts one token for each four characters of the prompt
  GET  URL/foundation-models/ID                           describes any model

An answer is the prompt, or what -text or -stream says.

It accepts requests that are signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) of its
environment, or that carry the bearer token of AWS_BEARER_TOKEN_BEDROCK. Where they are not set, it accepts the example
keys of AWS's documentation (AKIDEXAMPLE, wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY) and the token
` + bedrocktest.ExampleBearerToken + `. Each request is logged on standard error.

A fault affects every answer (-fault), or the one whose request names it in the header X-Bedrockwire-Fault:

  reset fin end stall[=2s]            at a place, the answer is reset, cut, ended, or goes silent (forever, or for a time)
  flip[=BIT] duplicate drop reorder   a bit of a byte, or a frame, is changed
  drip[=1ms] slice[=BYTES]            from a place on, the answer comes in small pieces
  late=1s garbage[=BYTES]             the head comes late; bytes follow the last frame
  throttle=N                          the first N tries of each call get status 429
  http=CODE exception=CODE error=CODE an HTTP error or a status; a message in the stream
  unknown[=TYPE] incomplete           an event of an unknown type; no terminal event
  html type=TYPE                      a page; another Content-Type

A place is @byte=N of the body, @frame=N, or @frame=N,byte=N of that frame. reset, fin and stall can be @head, too.

The AWS SDKs find it by AWS_ENDPOINT_URL_BEDROCK_RUNTIME=URL, and trust the certificate of -tls by AWS_CA_BUNDLE=FILE;
Node.js does by NODE_EXTRA_CA_CERTS=FILE.

Examples:
  bedrockwire serve
  bedrockwire serve -text "Hello from the fake" -pace 50ms
  bedrockwire serve -fault reset@frame=3,byte=5

With curl, in one terminal and then in another:
  bedrockwire serve -addr 127.0.0.1:8080
  curl -s -H 'Authorization: Bearer ` + bedrocktest.ExampleBearerToken + `' -d '{"prompt":"Hi"}' \
    http://127.0.0.1:8080/model/meta.llama3-8b-instruct-v1:0/invoke-with-response-stream | bedrockwire decode
`

// maxStream limits the file of -stream, which is kept in memory.
const maxStream = 256 << 20

// serveFlags are the flags of serve.
type serveFlags struct {
	addr, fault, text, stream, ca, region string
	pace                                  time.Duration
	h2c, http1, quiet                     bool
}

// serve runs the fake Bedrock of package bedrocktest until ctx ends.
func serve(ctx context.Context, e *env, args []string) int {
	var f serveFlags
	flags := newFlags(e, "serve", "", serveAbout)
	flags.StringVar(&f.addr, "addr", "127.0.0.1:0", "loopback `ADDRESS` to listen on; port 0 is any free one")
	flags.StringVar(&f.fault, "fault", "", "`FAULT` of the answers whose request names none, such as stall@frame=3")
	flags.StringVar(&f.text, "text", "", "`TEXT` to answer with, in place of the prompt")
	flags.StringVar(&f.stream, "stream", "", "`FILE` with a captured event stream to answer with; '-' is standard input")
	flags.StringVar(&f.region, "region", "", "`REGION` that requests must be signed for; any, if empty")
	flags.StringVar(&f.ca, "tls", "", "serve https, and write the certificate to trust to this `FILE`")
	flags.DurationVar(&f.pace, "pace", 0, "pause between two frames, such as 50ms")
	flags.BoolVar(&f.h2c, "h2c", false, "speak HTTP/2 only; without -tls, that is HTTP/2 by prior knowledge")
	flags.BoolVar(&f.http1, "http1", false, "speak HTTP/1.1 only; without -http1 and -h2c, both")
	flags.BoolVar(&f.quiet, "quiet", false, "do not log the requests")
	if status, done := parse(flags, e, args, 0); done {
		return status
	}
	s, status := f.server(e)
	if s == nil {
		return status
	}
	start := s.Start
	if f.ca != "" {
		start = s.StartTLS
	}
	if err := start(); err != nil {
		if errors.Is(err, bedrocktest.ErrNotLoopback) {
			return usageError(e, "serve", "-addr: "+err.Error())
		}
		e.fail("serve", err, "")
		return exitOther
	}
	defer s.Close()
	if f.ca != "" {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		if err := os.WriteFile(f.ca, block, 0o644); err != nil {
			e.fail("serve", err, "")
			return exitOther
		}
	}
	fmt.Fprintf(e.stderr, "bedrockwire serve: accepts access key id %s\n", oneLine(s.Credentials.AccessKeyID))
	// This comes last: a program that waits for this line may then send requests, and use the
	// certificate.
	if _, err := fmt.Fprintln(e.stdout, s.URL); err != nil {
		e.fail("serve", err, "")
		return exitOther
	}
	<-ctx.Done()
	return exitOK
}

// server makes the server that the flags and the environment describe. Where it can't, it reports
// why and returns nil and an exit status.
func (f *serveFlags) server(e *env) (*bedrocktest.Server, int) {
	usage := func(reason string) (*bedrocktest.Server, int) { return nil, usageError(e, "serve", reason) }
	fault, err := bedrocktest.ParseFault(f.fault)
	switch {
	case err != nil:
		return usage("-fault: " + err.Error())
	case f.text != "" && f.stream != "":
		return usage("-text and -stream exclude each other")
	case f.h2c && f.http1:
		return usage("-h2c and -http1 exclude each other")
	case f.pace < 0:
		return usage("-pace must not be negative")
	}
	s := bedrocktest.NewUnstartedServer()
	s.Addr, s.Fault, s.Pace, s.Region, s.Keep = f.addr, fault, f.pace, f.region, -1
	if err := setKeys(e, s); err != nil {
		e.fail("serve", err, "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither.")
		return nil, exitConfig
	}
	switch {
	case f.text != "":
		s.Script(bedrocktest.Answer(bedrocktest.Say(strings.SplitAfter(f.text, " ")...)))
	case f.stream != "":
		reply, err := f.recorded(e)
		if err != nil {
			e.fail("serve", err, "")
			return nil, exitOther
		}
		s.Script(reply)
	}
	if f.h2c || f.http1 {
		s.Protocols = new(http.Protocols)
		s.Protocols.SetHTTP1(f.http1)
		s.Protocols.SetHTTP2(f.h2c)
		s.Protocols.SetUnencryptedHTTP2(f.h2c)
	}
	if !f.quiet {
		var mu sync.Mutex // keeps two lines apart
		s.Warn = func(line string) {
			mu.Lock()
			defer mu.Unlock()
			io.WriteString(e.stderr, oneLine(line)+"\n")
		}
		s.Log = func(r bedrocktest.Request) { s.Warn(r.String()) }
	}
	return s, exitOK
}

// setKeys gives the server the keys and the token of the environment, if it has any.
func setKeys(e *env, s *bedrocktest.Server) error {
	s.BearerToken = e.getenv("AWS_BEARER_TOKEN_BEDROCK")
	id, secret := e.getenv("AWS_ACCESS_KEY_ID"), e.getenv("AWS_SECRET_ACCESS_KEY")
	switch {
	case id == "" && secret == "":
		return nil
	case id == "":
		return errors.New("AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not")
	case secret == "":
		return errors.New("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not")
	}
	s.Credentials = signer.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: e.getenv("AWS_SESSION_TOKEN")}
	// With keys that can't sign, the server would refuse every request without saying why. Sign
	// one, to find out now.
	probe := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	return probe.Sign(&signer.Request{Method: "GET", Host: "localhost", Path: "/", Header: http.Header{},
		PayloadHash: signer.HashPayload(nil)}, &s.Credentials, time.Unix(0, 0))
}

// recorded returns the answer with the frames of the file, so that faults can name frames. Bytes
// that are not a whole frame are sent too, in one piece.
func (f *serveFlags) recorded(e *env) (bedrocktest.Reply, error) {
	in := e.stdin
	if f.stream != "-" {
		file, err := os.Open(f.stream)
		if err != nil {
			return bedrocktest.Reply{}, err
		}
		defer file.Close()
		in = file
	}
	b, err := io.ReadAll(io.LimitReader(in, maxStream+1))
	if err != nil {
		return bedrocktest.Reply{}, err
	}
	if len(b) > maxStream {
		return bedrocktest.Reply{}, errors.New("-stream has more than 256 MiB")
	}
	var reply bedrocktest.Reply
	for len(b) > 0 {
		_, n, err := frame.Parse(b)
		if err != nil {
			n = len(b)
		}
		reply.Frames = append(reply.Frames, b[:n:n])
		b = b[n:]
	}
	return reply, nil
}
