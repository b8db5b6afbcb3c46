package signer

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestErrorText pins the form of the message, its offset included.
func TestErrorText(t *testing.T) {
	s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
	r.Path = "/ab%zz"
	if got, want := s.Sign(r, c, suiteTime).Error(), "signer: invalid input: Request.Path has a bad percent escape at offset 3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Path, c.SecretAccessKey = "/", ""
	if got, want := s.Sign(r, c, suiteTime).Error(), "signer: invalid input: Credentials.SecretAccessKey is empty"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (&Error{Field: "x", Reason: "y", Offset: -1}).Error(), "signer: x y"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Path = "a"
	if got, want := s.Sign(r, suiteCredentials(), suiteTime).Error(), "signer: invalid input: Request.Path does not start with '/' at offset 0"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for length, want := range map[int]string{64: strings.Repeat("h", 64), 65: strings.Repeat("h", 64) + "..."} {
		r := plainRequest()
		r.Header = http.Header{strings.Repeat("h", length): {"ab\x00"}}
		want = "signer: invalid input: Request.Header[" + want + "] has a control character at offset 2"
		if got := s.Sign(r, suiteCredentials(), suiteTime).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	long := strings.Repeat("h", 1000)
	r = plainRequest()
	r.Header = http.Header{long: {"\x00"}}
	if got := s.Sign(r, suiteCredentials(), suiteTime).Error(); len(got) > 200 {
		t.Errorf("a long name makes a long message: %q", got)
	}
}

// TestMessages pins what each refusal says: the sentinel, the field and the reason.
func TestMessages(t *testing.T) {
	got := map[string]bool{}
	add := func(err error) {
		var e *Error
		if errors.As(err, &e) {
			got[e.Err.Error()+": "+e.Field+" "+e.Reason] = true
		} else if err != nil {
			t.Errorf("%T: %v", err, err)
		}
	}
	for _, tc := range refusals() {
		s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
		r.Header = http.Header{}
		tc.change(s, r, c)
		add(s.Sign(r, c, suiteTime))
	}
	for _, tc := range headerCases() {
		v := newVerified(t, false, false)
		tc.change(t, v)
		add(v.verify())
	}
	for _, tc := range presignedCases() {
		v := newVerified(t, true, true)
		tc.change(t, v)
		add(v.verify())
	}
	s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
	expiring := suiteCredentials()
	expiring.Expires = suiteTime.Add(time.Minute)
	add((*Signer)(nil).Sign(r, c, suiteTime))
	add(s.Sign(nil, c, suiteTime))
	add(s.Sign(r, nil, suiteTime))
	add(s.Sign(r, c, time.Time{}))
	add(s.Sign(r, c, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)))
	add(second(AppendCanonicalRequest(nil, nil, r)))
	add(second(s.Presign(r, c, suiteTime, 0)))
	add(second(s.Presign(r, expiring, suiteTime, time.Hour)))
	add(second(s.Presign(&Request{Method: "GET", Host: "h", Path: "/", PayloadHash: emptyHash, Header: http.Header{"x-amz-content-sha256": {formHash}}}, c, suiteTime, time.Hour)))

	streaming := eventRequest()
	if err := s.Sign(streaming, c, suiteTime); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(streaming, expiring)
	if err != nil {
		t.Fatal(err)
	}
	add(second((*Signer)(nil).Events(streaming, c)))
	add(second((&Signer{Region: "r", Service: s.Service}).Events(streaming, c)))
	add(second((&Signer{Region: s.Region, Service: "s"}).Events(streaming, c)))
	add(second(s.Events(streaming, &Credentials{AccessKeyID: "A", SecretAccessKey: suiteSecret})))
	streaming.PayloadHash = emptyHash
	add(second(s.Events(streaming, c)))
	add(second((*EventSigner)(nil).Append(nil, []byte("x"), suiteTime)))
	add(second(events.Append(nil, nil, suiteTime)))
	add(second(events.Append(nil, make([]byte, maxEventPayload+1), suiteTime)))
	add(second(events.Append(nil, []byte("x"), expiring.Expires)))
	add(second(events.AppendEnd(nil, suiteTime)))
	add(second(events.AppendEnd(nil, suiteTime)))

	if text := strings.Join(slices.Sorted(maps.Keys(got)), "\n"); text != strings.Trim(messages, "\n") {
		t.Errorf("the messages are\n%s", text)
	}
}

const messages = `
expired: Credentials.Expires has passed
expired: Credentials.Expires is before the end of the presigned URL
expired: X-Amz-Expires is over
invalid input: Credentials is nil
invalid input: Credentials.AccessKeyID has a byte that no key id has
invalid input: Credentials.AccessKeyID is empty
invalid input: Credentials.AccessKeyID is not the one the request was signed with
invalid input: Credentials.SecretAccessKey has a control character
invalid input: Credentials.SecretAccessKey is empty
invalid input: Credentials.SessionToken has a blank or a control character
invalid input: EventSigner has ended
invalid input: EventSigner was not made by Signer.Events
invalid input: Request is nil
invalid input: Request.Header has a name that is not an HTTP token
invalid input: Request.Header[Content-Type] has a control character
invalid input: Request.Header[Host] differs from Request.Host
invalid input: Request.Header[X-A] has a control character
invalid input: Request.Header[X-Amz-Content-Sha256] differs from Request.PayloadHash
invalid input: Request.Header[X-Canary] has a control character
invalid input: Request.Host has a blank or a control character
invalid input: Request.Host is empty
invalid input: Request.Method has a blank or a control character
invalid input: Request.Method is empty
invalid input: Request.Path does not start with '/'
invalid input: Request.Path has a bad percent escape
invalid input: Request.Path has a control character
invalid input: Request.Path has a delimiter that ends it
invalid input: Request.Path is empty
invalid input: Request.PayloadHash is empty
invalid input: Request.PayloadHash is neither 64 lower-case hex digits nor a known literal
invalid input: Request.PayloadHash is not STREAMING-AWS4-HMAC-SHA256-EVENTS
invalid input: Request.RawQuery has a bad percent escape
invalid input: Request.RawQuery has a control character
invalid input: Request.RawQuery has a delimiter that ends it
invalid input: Request.RawQuery is presigned already
invalid input: Signer is nil
invalid input: Signer.Region has a byte that no credential scope has
invalid input: Signer.Region is empty
invalid input: Signer.Region is not the one the request was signed for
invalid input: Signer.Service has a byte that no credential scope has
invalid input: Signer.Service is empty
invalid input: Signer.Service is not the one the request was signed for
invalid input: expires is not within 1 s and 7 days
invalid input: message is empty, which would end the stream
invalid input: message is longer than 24 MiB
invalid input: signing time is not in the years 1 to 9999
invalid input: signing time is zero
malformed signature: Authorization has a credential without its five parts
malformed signature: Authorization has a credential without key id or aws4_request
malformed signature: Authorization has a signature that is not 64 lower-case hex digits
malformed signature: Authorization has an unknown, a repeated or an empty element
malformed signature: Authorization has no signed headers
malformed signature: Authorization is not of the scheme AWS4-HMAC-SHA256
malformed signature: Authorization is there more than once
malformed signature: Authorization is there together with a presigned query
malformed signature: SignedHeaders has a name that is not an HTTP token in lower case
malformed signature: SignedHeaders has an empty name
malformed signature: SignedHeaders is not sorted, or has a name twice
malformed signature: X-Amz-Algorithm is not AWS4-HMAC-SHA256
malformed signature: X-Amz-Credential has a credential without its five parts
malformed signature: X-Amz-Credential has a signature that is not 64 lower-case hex digits
malformed signature: X-Amz-Credential has no signed headers
malformed signature: X-Amz-Date is not a time like 20060102T150405Z
malformed signature: X-Amz-Date is not there exactly once
malformed signature: X-Amz-Date is repeated or empty
malformed signature: X-Amz-Expires is not a number of seconds from 1 to 604800
malformed signature: X-Amz-Security-Token is repeated or empty
malformed signature: X-Amz-Security-Token is there more than once
malformed signature: X-Amz-Security-Token is there together with a presigned query
malformed signature: X-Amz-Signature is repeated or empty
not signed: Authorization is missing, and the query is not presigned
outside the clock window: X-Amz-Date is in the future
outside the clock window: X-Amz-Date is too long ago
signature does not match: Authorization has a signature that is not this request's
signature does not match: X-Amz-Credential has a signature that is not this request's
unknown access key id: Authorization names another access key id
unknown access key id: X-Amz-Credential names another access key id
wrong credential scope: Authorization is for another day, region or service
wrong credential scope: X-Amz-Credential is for another day, region or service
wrong payload hash: X-Amz-Content-Sha256 is not the hash of the payload
wrong session token: X-Amz-Security-Token is not the one of the credentials
wrong signed headers: Request.Header[Host] must be signed and is not
wrong signed headers: Request.Header[X-Amz-Date] must be signed and is not
wrong signed headers: Request.Header[X-Amz-Security-Token] must be signed and is not
wrong signed headers: Request.Header[X-Amz-Target] must be signed and is not
wrong signed headers: Request.Header[authorization] is signed and is not there
wrong signed headers: Request.Header[content-type] is signed and is not there
wrong signed headers: Request.Header[x-amz-acl] must be signed and is not
wrong signed headers: Request.Header[x-amz-target] is signed and is not there
wrong signed headers: Request.Header[x-amz-zz] must be signed and is not
`
