package main

import (
	"context"
	"flag"
	"strings"

	"bedrockwire/client"
	"bedrockwire/signer"
)

// settings are the flags that say which service is called, and as whom.
type settings struct {
	region, endpoint string
}

func (s *settings) register(flags *flag.FlagSet) {
	flags.StringVar(&s.region, "region", "", "AWS `REGION`; default: AWS_REGION, AWS_DEFAULT_REGION")
	flags.StringVar(&s.endpoint, "endpoint", "", "`URL` instead of the region's: https, or http on loopback")
}

// config returns the client's configuration from flags and environment.
func (s *settings) config(_ context.Context, e *env) (client.Config, error) {
	cfg := client.Config{Region: s.region, Endpoint: s.endpoint}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if cfg.Region == "" {
			cfg.Region = e.getenv(name)
		}
	}
	keys := signer.Credentials{AccessKeyID: e.getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: e.getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: e.getenv("AWS_SESSION_TOKEN")}
	if token := strings.TrimSpace(e.getenv("AWS_BEARER_TOKEN_BEDROCK")); token != "" {
		cfg.BearerToken = func(context.Context) (string, error) { return token, nil }
	} else if keys.AccessKeyID != "" && keys.SecretAccessKey != "" {
		cfg.Credentials = func(context.Context) (signer.Credentials, error) { return keys, nil }
	}
	return cfg, nil
}
