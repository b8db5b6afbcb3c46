// Command config streams an answer to standard output, with this library and what the environment and the shared
// files say.
package main

import (
	"context"
	"os"

	"bedrockwire/client"
	"bedrockwire/client/config"
	"bedrockwire/model"
)

func main() {
	if err := run(context.Background()); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	cfg, err := config.Load(ctx, nil)
	if err != nil {
		return err
	}
	c, err := client.New(cfg)
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
