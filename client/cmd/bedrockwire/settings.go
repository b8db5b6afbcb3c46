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

// settings are the flags that say which service is called, and as whom. What no flag says is looked for where AWS
// tools keep it, see package config.
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

// options are what the flags say, for package config. stdinTaken says that standard input is not a person's.
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
		return nil, usageFault{err} // the flag's value, not that of a variable or a file
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

// explain shows where settings are looked for and what was found, without a secret.
func (s *settings) explain(ctx context.Context, e *env) int {
	o := s.options(e, false) // which asks no person for a code, and says whether the call would
	x := config.Explain(o)
	if x.Err == nil {
		// A missing region and a refused endpoint are for the client to say, which connects to nothing yet.
		cfg, err := config.Load(ctx, o)
		if err == nil {
			_, err = s.client(cfg)
		}
		x.Err = err
	}
	for line := range strings.Lines(x.String()) {
		io.WriteString(e.stdout, oneLine(strings.TrimSuffix(line, "\n"))+"\n")
	}
	return statusOf(ctx, x.Err)
}

// credentialsHint says what to do about credentials that can't be had, where their error does not say it.
func credentialsHint(err error) (hint string, ok bool) {
	var (
		creds   *credentials.Error
		setting *config.Error
	)
	switch {
	case errors.As(err, &setting):
		return "", true
	case !errors.As(err, &creds):
		return "", false
	case errors.Is(err, credentials.ErrNone), creds.Source == credentials.SourceIMDS:
		// The instance metadata are the last resort: who is asked on no instance has configured nothing.
		return noCredentials, true
	case creds.Remedy != "":
		return "", true // it is in the error's text
	}
	return "`bedrockwire invoke -explain` shows where credentials are looked for, and what was found.", true
}

// splitTried takes the sources that were tried out of an error's text, for a line each.
func splitTried(err error) (text string, tried []string) {
	text = err.Error()
	var creds *credentials.Error
	if !errors.As(err, &creds) || len(creds.Tried) == 0 {
		return text, nil
	}
	short := *creds
	short.Tried = nil
	for _, step := range creds.Tried {
		tried = append(tried, string(step.Source)+": "+step.Reason)
	}
	return strings.Replace(text, creds.Error(), short.Error(), 1), tried
}

const noCredentials = "Put keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or an API key into AWS_BEARER_TOKEN_BEDROCK, or choose a profile with -profile; `bedrockwire invoke -explain` shows where they are looked for. invoke -demo needs none."
