package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"bedrockwire/client"
	"bedrockwire/client/config"
	"bedrockwire/client/credentials"
)

// settings are the flags that say which service is called, and as whom. Without a flag, package
// config looks where AWS tools keep the setting.
type settings struct {
	region, profile, endpoint string
}

func (s *settings) register(flags *flag.FlagSet) {
	s.registerIdentity(flags)
	flags.StringVar(&s.endpoint, "endpoint", "", "`URL` instead of the region's: https, or http on loopback; default: AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_ENDPOINT_URL,\nthe profile")
}

// registerIdentity is register without the endpoint.
func (s *settings) registerIdentity(flags *flag.FlagSet) {
	flags.StringVar(&s.region, "region", "", "AWS `REGION`; default: AWS_REGION, AWS_DEFAULT_REGION, the profile's")
	flags.StringVar(&s.profile, "profile", "", "`PROFILE` of ~/.aws/config and ~/.aws/credentials; default: AWS_PROFILE, then \"default\"")
}

// options returns the flags for package config. stdinTaken says that standard input is read for
// something else.
func (s *settings) options(e *env, stdinTaken bool) *config.Options {
	o := &config.Options{Profile: s.profile, Region: s.region, Endpoint: s.endpoint, Getenv: e.getenv, LoginRenewal: credentials.RenewLogin}
	if e.stdinSink == screen && e.stderrSink == screen && !stdinTaken {
		o.TokenCode = e.tokenCode
	}
	return o
}

// client makes the client of a configuration.
func (s *settings) client(cfg client.Config) (*client.Client, error) {
	c, err := client.New(cfg)
	var conf *client.ConfigError
	if errors.As(err, &conf) && conf.Field == "Endpoint" && s.endpoint != "" {
		return nil, usageFault{err} // the endpoint is the flag's, not that of a variable or a file
	}
	return c, err
}

// tokenCode asks a person for the code of an MFA device.
func (e *env) tokenCode(_ context.Context, serial string) (string, error) {
	fmt.Fprintf(e.stderr, "Code of the MFA device %s: ", oneLine(serial))
	line, err := bufio.NewReader(io.LimitReader(e.stdin, 64)).ReadString('\n')
	if line = strings.TrimSpace(line); line == "" && err != nil {
		return "", errors.New("no code was entered")
	}
	return line, nil
}

// explain shows where settings are looked for and what was found, without secrets.
func (s *settings) explain(ctx context.Context, e *env, name string) int {
	o := s.options(e, false) // Explain does not ask for the code of an MFA device, it says whether the call would
	x := config.Explain(o)
	if x.Err == nil {
		// The client reports a missing region and a refused endpoint. It connects to nothing yet.
		cfg, err := config.Load(ctx, o)
		if err == nil {
			_, err = s.client(cfg)
		}
		x.Err = err
	}
	for line := range strings.Lines(x.String()) {
		if _, err := io.WriteString(e.stdout, oneLine(strings.TrimSuffix(line, "\n"))+"\n"); err != nil {
			return e.unwritten(name, err)
		}
	}
	return statusOf(ctx, x.Err)
}
