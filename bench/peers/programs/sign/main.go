// Command sign prints the Authorization header of a request, with this library.
package main

import (
	"os"
	"time"

	"bedrockwire/signer"
)

func main() {
	s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	r := signer.Request{
		Method: "POST", Host: os.Args[1], Path: os.Args[2], Header: map[string][]string{}, PayloadHash: signer.HashPayload([]byte(os.Args[3])),
	}
	c := signer.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}
	if err := s.Sign(&r, &c, time.Now()); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString(r.Header["Authorization"][0] + "\n")
}
