package bedrocktest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"bedrockwire/signer"
)

// The example key pair of AWS's own documentation ("Signature Version 4 test
// suite"), which no account has, and a bearer token in the same spirit.
const (
	exampleAccessKeyID     = "AKIDEXAMPLE"
	exampleSecretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

	// ExampleBearerToken is the bearer token a Server accepts by default.
	ExampleBearerToken = "bedrock-api-key-EXAMPLE"
)

// Credentials returns the key pair a Server accepts by default: the documented
// example pair of AWS, key id AKIDEXAMPLE.
func Credentials() signer.Credentials {
	return signer.Credentials{AccessKeyID: exampleAccessKeyID, SecretAccessKey: exampleSecretAccessKey}
}

// ErrNotLoopback is the error of Start for an address outside the host.
var ErrNotLoopback = errors.New("bedrocktest: the address is not a loopback address")

// maxHead bounds the head of a request. Session tokens make it large; the
// service's own limit is not published.
const maxHead = 256 << 10

// Server is a fake Bedrock. The exported fields are settings: set them between
// NewUnstartedServer and Start, and leave them alone afterwards. The methods are
// safe for concurrent use.
type Server struct {
	// URL is the base URL, of the form http://127.0.0.1:port without a slash at
	// its end. It is set by Start.
	URL string

	// Err says why NewServer or NewTLSServer could not start; URL is empty then.
	Err error

	// Addr is the loopback address to listen on; empty is port 0 of 127.0.0.1,
	// or of ::1 on a host without IPv4.
	Addr string

	// Listener, when not nil, is served in place of Addr. It need not be a
	// network's: a listener of net.Pipe ends does as well. Close closes it.
	Listener net.Listener

	// TLS is the configuration for StartTLS, or nil. Without certificates in it,
	// the server makes one for itself: see Certificate.
	TLS *tls.Config

	// Protocols limits the versions of HTTP. Nil allows HTTP/1.1 and HTTP/2,
	// with TLS as well as without it (by prior knowledge).
	Protocols *http.Protocols

	// Credentials are those a signed request must be signed with; the zero value
	// is Credentials(). With a SessionToken, requests must carry it.
	Credentials signer.Credentials

	// MoreCredentials are accepted as well, as those of other tenants. Request.AccessKeyID
	// tells whose a request is.
	MoreCredentials []signer.Credentials

	// BearerToken is accepted in place of a signature; empty is ExampleBearerToken.
	BearerToken string `json:"-"`

	// Region is the region requests must be signed for; empty accepts any.
	Region string

	// Respond, when not nil, decides the answer of each InvokeModel, Converse and
	// their streams, the one in both directions too, in place of the script. It is called from many goroutines.
	Respond func(Request) Reply

	// Talk, when not nil, is given each chunk that InvokeModelWithBidirectionalStream
	// sends, and returns the frames to send in answer. At the end of the input it is
	// given nil, and the stream ends after the frames that it returns. It is called
	// from many goroutines, in order for each request.
	Talk func(r Request, chunk []byte) [][]byte

	// Models are the details GET /foundation-models/{id} answers with, as JSON
	// text by model id: an id that is not there is not found. Nil knows every id.
	Models map[string]string

	// Fault is the fault of replies that have none of their own.
	Fault Fault

	// Pace is the pause between the frames of replies that have none of their own.
	Pace time.Duration

	// Now is the clock signatures are checked by; nil is time.Now.
	Now func() time.Time

	// Log, when not nil, is called for each request, once it is known whether it
	// was refused and before it is answered. It is called from many goroutines.
	Log func(Request)

	// Gone, when not nil, is called when a client has gone before its answer was
	// whole. It is called from many goroutines.
	Gone func(Request)

	// Warn, when not nil, is called with a line for each connection that can't be
	// served: one in a protocol that Protocols does not allow, for example. It is
	// called from many goroutines.
	Warn func(line string)

	// HeadTimeout is how long a request's head may take; 0 is 10 s.
	HeadTimeout time.Duration

	// Keep is how many requests Requests remembers: 0 is 1000, negative is none.
	Keep int

	handled []operation
	budget  budget
	cert    *x509.Certificate
	server  *http.Server
	closing chan struct{} // closed by Close; stalled handlers wait on it
	served  chan struct{} // closed when the accept loop has returned
	once    sync.Once

	mu       sync.Mutex
	script   []Reply
	at       int            // index in script of the next reply
	used     int            // answers already given with script[at]
	turned   int            // requests script[at] has turned away
	tries    map[string]int // tries refused so far, by invocation: see throttled
	requests []Request
	kept     int // bytes of their bodies
	client   *http.Client
	closed   bool
	active   sync.WaitGroup // handlers; Add only under mu while !closed
	conns    sync.WaitGroup // connections; Add only while the accept loop runs
}

// NewServer starts a server that answers with the replies in their order, the
// last one again and again; without any, it echoes the prompts it gets. The
// caller should call Close. A server that could not start says why in Err.
func NewServer(replies ...Reply) *Server {
	s := NewUnstartedServer(replies...)
	s.Err = s.Start()
	return s
}

// NewTLSServer is NewServer over TLS; Client trusts its certificate.
func NewTLSServer(replies ...Reply) *Server {
	s := NewUnstartedServer(replies...)
	s.Err = s.StartTLS()
	return s
}

// NewUnstartedServer is NewServer without the start, so that settings can be
// changed first.
func NewUnstartedServer(replies ...Reply) *Server {
	s := &Server{closing: make(chan struct{}), served: make(chan struct{}), tries: map[string]int{}}
	s.Script(replies...)
	return s
}

// Script replaces the script, from the next request on.
func (s *Server) Script(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.at, s.used, s.turned = append([]Reply(nil), replies...), 0, 0, 0
}

// Start starts the server without TLS.
func (s *Server) Start() error { return s.start(nil) }

// StartTLS starts the server with TLS.
func (s *Server) StartTLS() error {
	cfg := &tls.Config{}
	if s.TLS != nil {
		cfg = s.TLS.Clone()
	}
	if len(cfg.Certificates) == 0 && cfg.GetCertificate == nil {
		pair, err := newCertificate()
		if err != nil {
			return fmt.Errorf("bedrocktest: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
		s.cert = pair.Leaf
	}
	return s.start(cfg)
}

func (s *Server) start(cfg *tls.Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil || s.closed {
		return errors.New("bedrocktest: the server was started or closed before")
	}
	if s.closing == nil { // a Server literal works too
		s.closing, s.served, s.tries = make(chan struct{}), make(chan struct{}), map[string]int{}
	}
	l := s.Listener
	if l == nil {
		var err error
		if l, err = listen(s.Addr); err != nil {
			return err
		}
		s.Listener = l
	}
	if s.Credentials.AccessKeyID == "" {
		s.Credentials = Credentials()
	}
	if s.BearerToken == "" {
		s.BearerToken = ExampleBearerToken
	}
	protocols := s.Protocols
	if protocols == nil {
		protocols = new(http.Protocols)
		protocols.SetHTTP1(true)
		protocols.SetHTTP2(true)
		protocols.SetUnencryptedHTTP2(true)
	}
	headTimeout := s.HeadTimeout
	if headTimeout <= 0 {
		headTimeout = 10 * time.Second
	}
	s.server = &http.Server{
		Handler:        http.HandlerFunc(s.serveHTTP),
		Protocols:      protocols,
		TLSConfig:      cfg,
		MaxHeaderBytes: maxHead,
		// Or half a head would hold its connection for as long as the client likes.
		ReadHeaderTimeout: headTimeout,
		ConnState:         s.connState,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if t, ok := c.(*tls.Conn); ok {
				c = t.NetConn() // faults happen below TLS, which would say goodbye
			}
			return context.WithValue(ctx, connKey{}, c)
		},
		// Faults make net/http complain about connections it has lost.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	s.URL = "http://" + l.Addr().String()
	if cfg != nil {
		s.URL = "https://" + l.Addr().String()
	}
	guards := listener{Listener: l, warn: s.Warn, http1: protocols.HTTP1(), http2: protocols.UnencryptedHTTP2(), secure: cfg != nil}
	go func() {
		defer close(s.served)
		if cfg != nil {
			_ = s.server.ServeTLS(guards, "", "")
		} else {
			_ = s.server.Serve(guards)
		}
	}()
	return nil
}

// connKey is the context key of a request's *conn.
type connKey struct{}

// connState counts the connections that are open. StateNew comes from the accept
// loop, so no Add can race with the Wait that follows the loop's end.
func (s *Server) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// listen opens a loopback address and no other. The address must be numeric: a
// name could resolve to anything.
func listen(addr string) (net.Listener, error) {
	if addr == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			var err6 error
			if l, err6 = net.Listen("tcp", "[::1]:0"); err6 != nil {
				return nil, fmt.Errorf("bedrocktest: %w", err) // the first one tells more
			}
		}
		return l, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("bedrocktest: address %q: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%w: %q", ErrNotLoopback, addr)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(ip.String(), port))
	if err != nil {
		return nil, fmt.Errorf("bedrocktest: %w", err)
	}
	return l, nil
}

// Certificate returns the certificate the server made for itself, which is its
// own authority: put it in the pool of a client. It is nil without TLS and when
// the TLS field brought certificates of its own.
func (s *Server) Certificate() *x509.Certificate { return s.cert }

// Client returns an HTTP client that trusts the server's certificate and speaks
// the protocols it was limited to. It does not follow redirects. Close closes
// its idle connections.
func (s *Server) Client() *http.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client
	}
	t := &http.Transport{DisableCompression: true, ForceAttemptHTTP2: true, Protocols: s.Protocols}
	if s.cert != nil {
		pool := x509.NewCertPool()
		pool.AddCert(s.cert)
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	s.client = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return s.client
}

// Close ends the server: the listener, every connection, and every answer that
// is still under way or stalled. It returns when their goroutines are done, and
// may be called more than once and from any goroutine but a Respond function.
func (s *Server) Close() {
	s.once.Do(func() {
		s.mu.Lock()
		s.closed = true
		server, client := s.server, s.client
		s.mu.Unlock()
		if s.closing != nil {
			close(s.closing)
		}
		if server == nil {
			if s.Listener != nil {
				_ = s.Listener.Close()
			}
			return
		}
		_ = server.Close()
		<-s.served
		s.active.Wait()
		s.conns.Wait()
		if client != nil {
			client.CloseIdleConnections()
		}
	})
}

// enter counts a handler in, unless the server is closing.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.active.Add(1)
	return true
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// Format prints the URL and no secret, under every verb.
func (s *Server) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "bedrocktest.Server("+s.URL+")")
}

// certLife is how long a certificate is good for. The server lives as long as a
// test, and `serve` as long as a day's work; a short life leaves no key behind
// that is worth keeping.
const certLife = 30 * 24 * time.Hour

// newCertificate makes a key and a certificate for the loopback names that signs
// itself. The key is made anew for each server, so that none is ever shared or
// checked in.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "bedrocktest"},
		NotBefore:             now.Add(-time.Hour), // clocks of containers lag
		NotAfter:              now.Add(certLife),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
