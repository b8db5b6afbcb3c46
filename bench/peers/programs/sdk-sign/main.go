// Command sdk-sign prints the Authorization header of a request, with the SDK's signer, which takes an http.Request.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

func main() {
	r, err := http.NewRequest("POST", "https://"+os.Args[1]+os.Args[2], nil)
	if err == nil {
		c := aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}
		hash := sha256.Sum256([]byte(os.Args[3]))
		err = v4.NewSigner().SignHTTP(context.Background(), c, r, hex.EncodeToString(hash[:]), "bedrock", "us-east-1", time.Now())
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString(r.Header.Get("Authorization") + "\n")
}
