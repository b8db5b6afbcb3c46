package signer

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"net/http"
	"testing"
	"time"
)

func unhexBytes(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// outerFrame takes an outer frame apart and checks every byte that is not the signature's.
func outerFrame(t *testing.T, b []byte) (date time.Time, signature, payload []byte) {
	t.Helper()
	if len(b) < eventOverhead {
		t.Fatalf("a frame of %d bytes", len(b))
	}
	be := binary.BigEndian
	if total, headers := be.Uint32(b), be.Uint32(b[4:]); int(total) != len(b) || headers != 67 {
		t.Fatalf("prelude says %d bytes, %d of headers; the frame has %d", total, headers, len(b))
	}
	if be.Uint32(b[8:]) != crc32.ChecksumIEEE(b[:8]) || be.Uint32(b[len(b)-4:]) != crc32.ChecksumIEEE(b[:len(b)-4]) {
		t.Fatal("a checksum is wrong")
	}
	if string(b[12:19]) != "\x05:date\x08" || string(b[27:47]) != "\x10:chunk-signature\x06\x00\x20" {
		t.Fatalf("headers: %q", b[12:79])
	}
	return time.UnixMilli(int64(be.Uint64(b[19:]))), b[47:79], b[79 : len(b)-4]
}

// TestEventVectors runs aws-c-auth's event stream, its seed included. Its secret is too short for Sign, so the
// EventSigner is put together here.
func TestEventVectors(t *testing.T) {
	s := &Signer{Region: "us-east-1", Service: "demo"}
	at := time.Date(1981, 1, 16, 6, 30, 0, 0, time.UTC)
	r := &Request{
		Method: "POST", Host: "demo.us-east-1.amazonaws.com", Path: "/streaming", PayloadHash: StreamingEvents,
		Header: http.Header{
			"Content-Encoding": {"application/vnd.amazon.eventstream"}, "X-Amz-Content-Sha256": {StreamingEvents}, "X-Amz-Date": {"19810116T063000Z"},
		},
	}
	canonical, err := AppendCanonicalRequest(nil, s, r)
	if err != nil {
		t.Fatal(err)
	}
	key := DeriveKey("secret", at, s.Region, s.Service)
	seed := mac(key[:], string(AppendStringToSign(nil, canonical, at, s.Region, s.Service)))
	if got := hex.EncodeToString(seed[:]); got != "e1d8e8c8815e60969f2a34765c9a15945ffc0badbaa4b7e3b163ea19131e949b" {
		t.Fatalf("seed %s", got)
	}
	e := &EventSigner{signer: s, secret: func() string { return "secret" }, prior: hex.AppendEncode(nil, seed[:])}
	var stream []byte
	for i, tc := range []struct{ payload, signature string }{
		{"A", "7aabf85b765e6a4d0d500b6e968657b14726fa3e1eb7e839302728ffd77629a5"},
		{"B", "f72aa9642f571d24a6e1ae42f10f073ad9448d8a028b6bcd82da081335adda02"},
		{"C", "632af120435b57ec241d8bfbb12e496dfd5e2730a1a02ac0ab6eaa230ae02e9a"},
		{"", "c6f679ddb3af68f5e82f0cf6761244cb2338cf11e7d01a24130aea1b7c17e53e"},
	} {
		when := at.Add(time.Duration(i+1)*time.Second + 999*time.Millisecond) // the fraction is cut
		before := len(stream)
		if tc.payload == "" {
			stream, err = e.AppendEnd(stream, when)
		} else {
			stream, err = e.Append(stream, []byte(tc.payload), when)
		}
		if err != nil {
			t.Fatal(err)
		}
		date, signature, payload := outerFrame(t, stream[before:])
		if hex.EncodeToString(signature) != tc.signature || string(payload) != tc.payload || !date.Equal(when.Truncate(time.Second)) {
			t.Errorf("message %q: signature %x, payload %q, date %v; want signature %s", tc.payload, signature, payload, date, tc.signature)
		}
	}
	if _, err := e.Append(nil, []byte("D"), at); !errors.Is(err, ErrInvalid) {
		t.Errorf("after the end: %v", err)
	}
}

// TestEventHeaders runs the vectors of the AWS SDK for Go, whose headers are not real ones, and smithy-rs's two hashes.
func TestEventHeaders(t *testing.T) {
	e := &EventSigner{
		signer: &Signer{Region: "us-east-1", Service: "transcribestreaming"},
		secret: func() string { return "SECRET" },
	}
	for _, tc := range []struct {
		headers, payload string
		seconds          int64
		signature        string
	}{
		{"foo", "foo", 10, "e3a136405ec1152f62136742efd41f8639cd647a1cf21fab12aedb22cccd8999"},
		{"bar", "bar", 20, "92a6ad677e839d3003672cb2cefc71ef80d42e8cb300fefce0807e8398c74068"},
		{"baz", "baz", 30, "46d6660bd40f2ff5d6246a347895cabe7f4e89d9e1f4c6dad6dabdc801923be1"},
		{"", "", 30, "492bcb3e21de447c85f8a9bef6c0eb833e992e405b9b3584be84edaccc5aad18"},
	} {
		if tc.seconds == 10 {
			e.prior = hex.AppendEncode(nil, []byte("foobarbazqux")) // shorter than a real signature
		}
		sum := e.sign([]byte(tc.headers), []byte(tc.payload), time.Unix(tc.seconds, 0))
		if hex.EncodeToString(sum[:]) != tc.signature {
			t.Errorf("%q: %x, want %s", tc.payload, sum, tc.signature)
		}
	}

	at := time.Date(1973, 11, 29, 21, 33, 9, 1e6, time.UTC)
	header := append([]byte(eventDate), binary.BigEndian.AppendUint64(nil, uint64(at.Unix()*1000))...)
	if got := HashPayload(header); got != "0c0e3b3bf66b59b976181bd7d401927bbd624107303c713fd1e5f3d3c8dd1b1e" {
		t.Errorf("the :date header hashes to %s", got)
	}
	inner := unhexBytes(t, "0000003000000014ded9b3920b736f6d652d68656164657207000576616c756574657374207061796c6f61643e89b924")
	if got := HashPayload(inner); got != "f2eba0f2e95967ee9fbc6db5e678d2fd599229c0d04b11e4fc8e0f2a02a806c6" {
		t.Errorf("the inner frame hashes to %s", got)
	}
}

func eventRequest() *Request {
	return &Request{Method: "POST", Host: "transcribestreaming.us-east-1.amazonaws.com", Path: "/stream-transcription", PayloadHash: StreamingEvents}
}

// TestEventStream signs a request and its messages through the exported names, across midnight.
func TestEventStream(t *testing.T) {
	s := &Signer{Region: "us-east-1", Service: "transcribe"}
	c := &Credentials{AccessKeyID: suiteKeyID, SecretAccessKey: suiteSecret, SessionToken: suiteShortToken}
	at := time.Date(2024, 2, 28, 23, 59, 58, 0, time.UTC)
	r := eventRequest()
	if err := s.Sign(r, c, at); err != nil {
		t.Fatal(err)
	}
	if got := http.Header(r.Header).Get("X-Amz-Content-Sha256"); got != StreamingEvents {
		t.Errorf("X-Amz-Content-Sha256 is %q", got)
	}
	e, err := s.Events(r, c)
	if err != nil {
		t.Fatal(err)
	}
	c.SecretAccessKey = "wiped" // the signer has its own copy
	prior := r.Header["Authorization"][0]
	prior = prior[len(prior)-64:]
	for i, message := range []string{"one", "two", "three", "four", ""} {
		when := at.Add(time.Duration(i) * time.Second)
		dst := []byte("kept")
		var frame []byte
		if message == "" {
			frame, err = e.AppendEnd(dst, when)
		} else {
			frame, err = e.Append(dst, []byte(message), when)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(frame, dst) {
			t.Fatal("dst is not kept")
		}
		_, signature, payload := outerFrame(t, frame[len(dst):])
		if string(payload) != message {
			t.Errorf("payload %q, want %q", payload, message)
		}
		// The formula once more, from the specification rather than from the code.
		text := "AWS4-HMAC-SHA256-PAYLOAD\n" + when.Format("20060102T150405Z") + "\n" + when.Format("20060102") + "/us-east-1/transcribe/aws4_request\n" +
			prior + "\n" + HashPayload(frame[len(dst)+12:len(dst)+27]) + "\n" + HashPayload(payload)
		key := DeriveKey(suiteSecret, when, "us-east-1", "transcribe")
		want := mac(key[:], text)
		if !bytes.Equal(signature, want[:]) {
			t.Errorf("%q at %v: %x, want %x", message, when, signature, want)
		}
		prior = hex.EncodeToString(signature)
	}
}

// TestEventPresigned chains from the signature of a presigned URL, as WebSocket streams do.
func TestEventPresigned(t *testing.T) {
	s, c := &Signer{Region: "us-east-1", Service: "transcribe"}, suiteCredentials()
	r := &Request{Method: "GET", Host: "h:8443", Path: "/ws", PayloadHash: emptyHash}
	query, err := s.Presign(r, c, suiteTime, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	r.RawQuery = query
	e, err := s.Events(r, c)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(e.prior); got != query[len(query)-64:] {
		t.Errorf("the chain starts at %s", got)
	}
}

func TestEventErrors(t *testing.T) {
	s, c := &Signer{Region: "us-east-1", Service: "transcribe"}, suiteCredentials()
	signed := func(change func(r *Request)) *Request {
		r := eventRequest()
		if err := s.Sign(r, c, suiteTime); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(r)
		}
		return r
	}
	for _, tc := range []struct {
		name   string
		signer *Signer
		r      *Request
		c      *Credentials
		want   error
	}{
		{"nil signer", nil, signed(nil), c, ErrInvalid},
		{"nil request", s, nil, c, ErrInvalid},
		{"nil credentials", s, signed(nil), nil, ErrInvalid},
		{"not signed", s, eventRequest(), c, ErrUnsigned},
		{"another payload hash", s, signed(func(r *Request) { r.PayloadHash = emptyHash }), c, ErrInvalid},
		{"malformed", s, signed(func(r *Request) { r.Header["Authorization"] = []string{"Basic x"} }), c, ErrMalformed},
		{"no region", &Signer{Service: "s"}, signed(nil), c, ErrInvalid},
		{"another region", &Signer{Region: "us-west-2", Service: "transcribe"}, signed(nil), c, ErrInvalid},
		{"another service", &Signer{Region: "us-east-1", Service: "bedrock"}, signed(nil), c, ErrInvalid},
		{"another key id", s, signed(nil), &Credentials{AccessKeyID: "A", SecretAccessKey: suiteSecret}, ErrInvalid},
		{"expired", s, signed(nil), &Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: suiteSecret, Expires: suiteTime}, ErrExpired},
	} {
		if e, err := tc.signer.Events(tc.r, tc.c); !errors.Is(err, tc.want) || e != nil {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}

	var zero EventSigner
	var none *EventSigner
	e, err := s.Events(signed(nil), &Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: suiteSecret, Expires: suiteTime.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	prior := string(e.prior)
	for _, tc := range []struct {
		name    string
		e       *EventSigner
		message []byte
		at      time.Time
		want    error
	}{
		{"zero value", &zero, []byte("x"), suiteTime, ErrInvalid},
		{"nil", none, []byte("x"), suiteTime, ErrInvalid},
		{"empty message", e, nil, suiteTime, ErrInvalid},
		{"message too long", e, make([]byte, maxEventPayload+1), suiteTime, ErrInvalid},
		{"no time", e, []byte("x"), time.Time{}, ErrInvalid},
		{"expired", e, []byte("x"), suiteTime.Add(time.Hour), ErrExpired},
	} {
		dst := []byte("kept")
		got, err := tc.e.Append(dst, tc.message, tc.at)
		if !errors.Is(err, tc.want) || string(got) != "kept" {
			t.Errorf("%s: %q, %v, want %v", tc.name, got, err, tc.want)
		}
	}
	if string(e.prior) != prior {
		t.Error("a refused message has moved the chain")
	}
	if _, err := e.Append(nil, make([]byte, maxEventPayload), suiteTime); err != nil {
		t.Errorf("the longest message: %v", err)
	}
	if _, err := e.AppendEnd(nil, suiteTime.Add(time.Hour)); !errors.Is(err, ErrExpired) || e.ended {
		t.Errorf("a refused end has ended the stream: %v", err)
	}
}

// TestEventAllocs: a message costs no allocation once dst is large enough, but for the text of its date.
func TestEventAllocs(t *testing.T) {
	s, c := &Signer{Region: "us-east-1", Service: "transcribe"}, suiteCredentials()
	r := eventRequest()
	if err := s.Sign(r, c, suiteTime); err != nil {
		t.Fatal(err)
	}
	e, err := s.Events(r, c)
	if err != nil {
		t.Fatal(err)
	}
	dst, message := make([]byte, 0, 4096), make([]byte, 1024)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := e.Append(dst, message, suiteTime); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("%v allocations a message", n)
	}
}

func BenchmarkEvent(b *testing.B) {
	s, c := &Signer{Region: "us-east-1", Service: "transcribe"}, suiteCredentials()
	r := eventRequest()
	if err := s.Sign(r, c, suiteTime); err != nil {
		b.Fatal(err)
	}
	e, err := s.Events(r, c)
	if err != nil {
		b.Fatal(err)
	}
	dst, message := make([]byte, 0, 4096), make([]byte, 1024)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Append(dst, message, suiteTime); err != nil {
			b.Fatal(err)
		}
	}
}
