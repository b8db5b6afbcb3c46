package signer_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bedrockwire/signer"
)

// signHTTP signs a request of net/http with the example keys. The query is sent as it is signed.
func signHTTP(s *signer.Signer, req *http.Request, payloadHash string) error {
	return s.Sign(&signer.Request{
		Method: req.Method, Host: req.URL.Host, Path: req.URL.EscapedPath(), RawQuery: req.URL.RawQuery,
		Header: req.Header, PayloadHash: payloadHash,
	}, &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
		time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)) // time.Now() in earnest
}

// A request to Amazon OpenSearch Service. url.Values.Encode writes '+' for a blank, and the signer
// signs it as a plus sign; "%20" is a blank for both sides.
func ExampleSigner_Sign_openSearch() {
	query := url.Values{"q": {"title:two words"}}
	req, err := http.NewRequest("GET", "https://search-mydomain-abc.us-east-1.es.amazonaws.com/books/_search", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.URL.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	s := &signer.Signer{Region: "us-east-1", Service: "es"} // "aoss" for OpenSearch Serverless
	if err := signHTTP(s, req, signer.HashPayload(nil)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.URL.RawQuery)
	fmt.Println(strings.Contains(req.Header.Get("Authorization"), "/us-east-1/es/aws4_request"))
	// Output:
	// q=title%3Atwo%20words
	// true
}

// A request to Amazon S3. S3 signs the path as it is sent, and wants the payload's hash in a header:
// SinglePathEncoding does both.
func ExampleSigner_Sign_s3() {
	req, err := http.NewRequest("GET", "https://examplebucket.s3.us-east-1.amazonaws.com/photos/two%20words.jpg", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := &signer.Signer{Region: "us-east-1", Service: "s3", SinglePathEncoding: true}
	if err := signHTTP(s, req, signer.HashPayload(nil)); err != nil {
		fmt.Println(err)
		return
	}
	_, signed, _ := strings.Cut(req.Header.Get("Authorization"), "SignedHeaders=")
	fmt.Println(signed[:strings.Index(signed, ",")])
	// Output: host;x-amz-content-sha256;x-amz-date
}
