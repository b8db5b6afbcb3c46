package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"bedrockwire/client"
	"bedrockwire/client/config"
	"bedrockwire/client/credentials"
	"bedrockwire/model"
	"bedrockwire/model/text"
)

// report says how a subcommand ended, unless it ended well, and returns its exit status.
func (e *env) report(ctx context.Context, name string, err error) int {
	status := statusOf(ctx, err)
	switch {
	case status == exitInterrupted:
		e.fail(name, errors.New("interrupted"), "")
	case err != nil:
		e.fail(name, err, hintOf(err))
	}
	return status
}

// fail says what went wrong, and what to do about it where that is known.
func (e *env) fail(name string, err error, hint string) {
	text, tried := splitTried(err)
	text = oneLine(text)
	for _, p := range []string{"bedrockwire: ", "frame: ", "signer: "} { // which package an error is from does not matter here
		text = strings.TrimPrefix(text, p)
	}
	io.WriteString(e.stderr, e.painted(red, "bedrockwire "+name+":")+" "+text+"\n")
	if len(tried) > 0 {
		e.line(dim, "Looked for credentials in this order:")
	}
	for _, step := range tried {
		e.line(dim, "  "+step)
	}
	if hint != "" {
		e.line(dim, hint)
	}
}

// unwritten reports output that could not be written, for example to a full disk. For a pipe whose
// reader has gone, the system usually ends the process with SIGPIPE before.
func (e *env) unwritten(name string, err error) int {
	e.fail(name, err, "")
	return exitOther
}

// hintOf returns what to do about an error, "" where that is not known: what the library says, and
// this command's flags.
func hintOf(err error) string {
	var (
		setting *config.Error
		creds   *credentials.Error
	)
	switch {
	case errors.As(err, &setting):
		return ""
	case errors.As(err, &creds):
		// Instance metadata is the last resort. On a machine that is not an instance, nothing was
		// configured.
		if errors.Is(err, credentials.ErrNone) || creds.Source == credentials.SourceIMDS {
			return noCredentials()
		}
		if creds.Remedy != "" {
			return "" // it is in the error's text
		}
		return "`bedrockwire invoke -explain` shows where credentials are looked for, and what was found."
	}
	return strings.TrimLeft(client.Hint(err)+flagHint(err), " ")
}

// flagHint returns what this command's flags can do about an error, after a blank.
func flagHint(err error) string {
	var (
		conf     *client.ConfigError
		prompt   *text.PromptError
		service  *model.Error
		response *client.ResponseError
	)
	switch {
	case errors.As(err, &conf):
		switch conf.Field {
		case "Region":
			return " Or name it with -region."
		case "Credentials", "BearerToken":
			return credentialsFlags
		case "Endpoint", "ControlEndpoint", "FIPS", "DualStack":
			// A wrong flag is easy to see. A variable or a file that was forgotten long ago has to
			// be found.
			if usage := (usageFault{}); !errors.As(err, &usage) {
				return " `bedrockwire invoke -explain` shows which variable or file says so."
			}
		}
	case errors.As(err, &prompt):
		return " -body sends a request that you have written in the model's own format. converse has one format for all models."
	case errors.As(err, &response):
		return ""
	case errors.As(err, &service) && strings.Contains(strings.ToLower(service.Message), "malformed input request"):
		return " -prompt makes one that is."
	case errors.As(err, &service) && strings.Contains(strings.ToLower(service.Message), "doesn't support the model"):
		return " `bedrockwire model ID` asks it; -no-stream does without streaming."
	case errors.Is(err, client.ErrIncomplete):
		return " -allow-incomplete accepts such an end."
	case errors.Is(err, errNotUnderstood):
		return " -output json shows every chunk as it came."
	}
	return ""
}

const credentialsFlags = " Or choose a profile with -profile. `bedrockwire invoke -explain` shows where credentials are looked for. -demo needs none."

// noCredentials is the hint where no source of credentials is configured.
func noCredentials() string {
	return client.Hint(&client.ConfigError{Field: "Credentials"}) + credentialsFlags
}

// splitTried takes the sources that were tried out of an error's text, to show each on a line of
// its own.
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
