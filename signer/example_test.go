package signer_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"bedrockwire/signer"
)

// Example signs a request of net/http. Header is shared with it, so nothing has to be copied back.
func Example() {
	body := `{"anthropic_version":"bedrock-2023-05-31","max_tokens":16}`
	req, err := http.NewRequest("POST",
		"https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v2%3A1/invoke-with-response-stream",
		strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")

	s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
	credentials := &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	err = s.Sign(&signer.Request{
		Method: req.Method, Host: req.URL.Host, Path: req.URL.EscapedPath(), RawQuery: req.URL.RawQuery,
		Header: req.Header, PayloadHash: signer.HashPayload([]byte(body)),
	}, credentials, time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)) // time.Now() in earnest
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.Header.Get("X-Amz-Date"))
	fmt.Println(strings.ReplaceAll(req.Header.Get("Authorization"), ", ", ",\n"))
	// Output:
	// 20150830T123600Z
	// AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request,
	// SignedHeaders=content-type;host;x-amz-date,
	// Signature=3fd6bf8934e11debb87d89dbcc454088c418d1fa0aef2704f57a18796eecdd5a
}

// ExampleSigner_Sign_curl prints header lines for "curl -H @-": any program that can send a header can send a
// signed request.
func ExampleSigner_Sign_curl() {
	s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
	r := &signer.Request{
		Method: "GET", Host: "bedrock.us-east-1.amazonaws.com", Path: "/foundation-models", RawQuery: "byProvider=anthropic",
		PayloadHash: signer.HashPayload(nil),
	}
	credentials := &signer.Credentials{
		AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: "TOKEN/+==",
	}
	if err := s.Sign(r, credentials, time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)); err != nil {
		fmt.Println(err)
		return
	}
	var lines []string
	for name, values := range r.Header {
		lines = append(lines, name+": "+values[0])
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
	// Output:
	// Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=89278e4b9eb04f266e7cf7638ad9d9317f7b286a487350c4d72e1ec23263667e
	// X-Amz-Date: 20150830T123600Z
	// X-Amz-Security-Token: TOKEN/+==
}

// ExampleSigner_Presign makes a URL that works for fifteen minutes without any header.
func ExampleSigner_Presign() {
	s := &signer.Signer{Region: "us-east-1", Service: "s3", SinglePathEncoding: true}
	r := &signer.Request{
		Method: "GET", Host: "examplebucket.s3.amazonaws.com", Path: "/test.txt", PayloadHash: signer.UnsignedPayload,
	}
	credentials := &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	query, err := s.Presign(r, credentials, time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC), 15*time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("https://" + r.Host + r.Path + "?" + strings.ReplaceAll(query, "&", "\n&"))
	// Output:
	// https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256
	// &X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fs3%2Faws4_request
	// &X-Amz-Date=20150830T123600Z
	// &X-Amz-Expires=900
	// &X-Amz-SignedHeaders=host
	// &X-Amz-Signature=055dde901e2a1289058f8809ee49d5ac752f540bd4593e2fb3cad56b49d26a86
}

// ExampleSigner_Verify is the server's side: find out whose request it claims to be, look the secret up, verify.
func ExampleSigner_Verify() {
	secrets := map[string]string{"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

	handle := func(r *signer.Request) error {
		id, err := r.AccessKeyID()
		if err != nil {
			return err
		}
		secret, ok := secrets[id]
		if !ok {
			return signer.ErrKeyID
		}
		return s.Verify(r, &signer.Credentials{AccessKeyID: id, SecretAccessKey: secret}, now, 0)
	}

	r := &signer.Request{Method: "POST", Host: "localhost:8080", Path: "/", PayloadHash: signer.HashPayload([]byte("body"))}
	fmt.Println(handle(r))
	if err := s.Sign(r, &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secrets["AKIDEXAMPLE"]}, now); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(handle(r))
	r.PayloadHash = signer.HashPayload([]byte("another body"))
	fmt.Println(handle(r))
	// Output:
	// signer: not signed: Authorization is missing, and the query is not presigned
	// <nil>
	// signer: signature does not match: Authorization has a signature that is not this request's
}

// ExampleEventSigner signs the messages of a stream that a client sends, each a complete event-stream frame.
func ExampleEventSigner() {
	s := &signer.Signer{Region: "us-east-1", Service: "transcribe"}
	credentials := &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	r := &signer.Request{
		Method: "POST", Host: "transcribestreaming.us-east-1.amazonaws.com", Path: "/stream-transcription",
		PayloadHash: signer.StreamingEvents,
	}
	if err := s.Sign(r, credentials, now); err != nil {
		fmt.Println(err)
		return
	}
	events, err := s.Events(r, credentials)
	if err != nil {
		fmt.Println(err)
		return
	}
	var body []byte
	for _, message := range [][]byte{[]byte("a frame"), []byte("another frame")} {
		if body, err = events.Append(body, message, now); err != nil {
			fmt.Println(err)
			return
		}
	}
	if body, err = events.AppendEnd(body, now); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Header["X-Amz-Content-Sha256"][0])
	fmt.Println(len(body), "bytes")
	// Output:
	// STREAMING-AWS4-HMAC-SHA256-EVENTS
	// 269 bytes
}

// ExampleAppendCanonicalRequest prints the stages, for comparing them with what a service says it expected.
func ExampleAppendCanonicalRequest() {
	s := &signer.Signer{Region: "us-east-1", Service: "service"}
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	r := &signer.Request{
		Method: "GET", Host: "example.amazonaws.com", Path: "/", PayloadHash: signer.HashPayload(nil),
		Header: map[string][]string{"X-Amz-Date": {"20150830T123600Z"}},
	}
	canonical, err := signer.AppendCanonicalRequest(nil, s, r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n\n%s\n", canonical, signer.AppendStringToSign(nil, canonical, at, s.Region, s.Service))
	// Output:
	// GET
	// /
	//
	// host:example.amazonaws.com
	// x-amz-date:20150830T123600Z
	//
	// host;x-amz-date
	// e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	//
	// AWS4-HMAC-SHA256
	// 20150830T123600Z
	// 20150830/us-east-1/service/aws4_request
	// bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63
}
