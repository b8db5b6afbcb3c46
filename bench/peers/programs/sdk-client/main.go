// Command sdk-client streams an answer to standard output, with the SDK and the keys of two variables.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

func main() {
	if err := run(context.Background()); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	c := bedrockruntime.New(bedrockruntime.Options{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
	})
	out, err := c.InvokeModelWithResponseStream(ctx, &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String(os.Args[1]), Body: []byte(os.Args[2]), ContentType: aws.String("application/json"),
	})
	if err != nil {
		return err
	}
	s := out.GetStream()
	defer s.Close()
	for event := range s.Events() {
		if chunk, ok := event.(*types.ResponseStreamMemberChunk); ok {
			os.Stdout.Write(chunk.Value.Bytes)
		}
	}
	return s.Err()
}
