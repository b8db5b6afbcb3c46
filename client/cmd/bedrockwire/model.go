package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"bedrockwire/client"
	"bedrockwire/client/config"
	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

const modelAbout = `Asks Amazon Bedrock about a model: its name, its provider, and whether it supports response streaming. ID is the id of a
foundation model, without the geography of an inference profile ("us."). The request goes to the control plane and needs
the permission bedrock:GetFoundationModel.

Examples:
  bedrockwire model anthropic.claude-3-haiku-20240307-v1:0
  bedrockwire model -region eu-west-1 -output json amazon.nova-lite-v1:0
`

func describe(ctx context.Context, e *env, args []string) int {
	var s settings
	flags := newFlags(e, "model", "ID", modelAbout)
	s.registerIdentity(flags)
	flags.StringVar(&s.endpoint, "endpoint", "", "`URL` instead of the region's: https, or http on loopback; default: AWS_ENDPOINT_URL_BEDROCK, AWS_ENDPOINT_URL,\nthe profile")
	output := flags.String("output", "text", "`FORMAT`: text, or json in one line with the service's own names")
	verbose := flags.Bool("v", false, "show each step of the call on standard error")
	if status, done := parse(flags, e, args, 1); done {
		return status
	}
	switch {
	case flags.NArg() != 1:
		return usageError(e, "model", "the ID of a model is needed")
	case *output != "text" && *output != "json":
		return usageError(e, "model", "-output must be text or json")
	}
	id := flags.Arg(0)
	m, err := func() (*model.FoundationModel, error) {
		// What can't be right is refused before any source of credentials is asked.
		if err := model.CheckModelID(id); err != nil {
			return nil, err
		}
		cfg, err := config.Load(ctx, s.options(e, false))
		if err != nil {
			return nil, err
		}
		if *verbose {
			cfg.Log = func(s client.Step) { e.line(dim, logLine(&s)) }
		}
		c, err := s.client(cfg)
		if err != nil {
			return nil, err
		}
		defer c.CloseIdleConnections()
		return c.FoundationModel(ctx, id)
	}()
	if err != nil {
		status := e.report(ctx, "model", err)
		var service *model.Error
		if provider, _, ok := strings.Cut(id, "."); ok && len(provider) <= 4 && errors.As(err, &service) && status == exitRefused {
			e.line(dim, "Is this the id of an inference profile? The id of its model has no \""+provider+".\" in front.")
		}
		return status
	}
	show := modelText
	if *output == "json" {
		show = modelJSON
	}
	io.WriteString(e.stdout, show(m))
	return exitOK
}

// modelText describes a model for a person.
func modelText(m *model.FoundationModel) string {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			b.WriteString(name + strings.Repeat(" ", 11-len(name)) + oneLine(value) + "\n")
		}
	}
	row("id", m.ModelID)
	row("name", m.ModelName)
	row("provider", m.ProviderName)
	streaming := "the service does not say"
	if m.ResponseStreamingSupported != nil {
		streaming = "no"
		if *m.ResponseStreamingSupported {
			streaming = "yes"
		}
	}
	row("streaming", streaming)
	row("input", strings.Join(m.InputModalities, ", "))
	row("output", strings.Join(m.OutputModalities, ", "))
	inference := strings.Join(m.InferenceTypesSupported, ", ")
	if inference != "" && !slices.Contains(m.InferenceTypesSupported, "ON_DEMAND") {
		inference += " (not by its id alone: call it by the id or ARN of an inference profile or of provisioned throughput)"
	}
	row("inference", inference)
	row("lifecycle", string(m.Lifecycle.Status))
	return b.String()
}

// modelJSON describes a model in one line, under the names of the service.
func modelJSON(m *model.FoundationModel) string {
	b := append([]byte(nil), '{')
	member := func(name string) { b = append(append(append(b, '"'), name...), `":`...) }
	text := func(name, value string) {
		member(name)
		b = append(jsonwire.AppendString(b, value), ',')
	}
	list := func(name string, values []string) {
		member(name)
		b = append(b, '[')
		for i, v := range values {
			if i > 0 {
				b = append(b, ',')
			}
			b = jsonwire.AppendString(b, v)
		}
		b = append(b, "],"...)
	}
	text("modelArn", m.ModelARN)
	text("modelId", m.ModelID)
	text("modelName", m.ModelName)
	text("providerName", m.ProviderName)
	list("inputModalities", m.InputModalities)
	list("outputModalities", m.OutputModalities)
	list("inferenceTypesSupported", m.InferenceTypesSupported)
	member("responseStreamingSupported")
	if m.ResponseStreamingSupported == nil {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendBool(b, *m.ResponseStreamingSupported)
	}
	return string(appendEscaped(nil, append(b, '}'))) + "\n"
}
