// Command client streams an answer to standard output, with this library and the keys of two variables.
package main

import (
	"context"
	"os"

	"bedrockwire/client"
	"bedrockwire/client/credentials"
	"bedrockwire/model"
	"bedrockwire/signer"
)

func main() {
	if err := run(context.Background()); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	c, err := client.New(client.Config{Region: "us-east-1", Credentials: credentials.Static(signer.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
	})})
	if err != nil {
		return err
	}
	s, err := c.InvokeModelWithResponseStream(ctx, &model.InvokeModelWithResponseStreamRequest{ModelID: os.Args[1], Body: []byte(os.Args[2])})
	if err != nil {
		return err
	}
	defer s.Close()
	for chunk, err := range s.All() {
		if err != nil {
			return err
		}
		os.Stdout.Write(chunk)
	}
	return nil
}
