package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"bedrockwire/model"
	"bedrockwire/model/converse"
)

// parseConverse makes a request of the JSON of -body. Blocks and tools stay as they are written.
// Members that the request has no field for go into its Fields, so that a body can use what is
// newer than this version.
func parseConverse(body []byte) (*converse.Request, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, errors.New("-body is not a JSON object: " + err.Error())
	}
	r := new(converse.Request)
	var inference struct {
		MaxTokens         int
		Temperature, TopP *float64
		StopSequences     []string
	}
	var tools struct {
		Tools      []json.RawMessage
		ToolChoice struct {
			Auto, Any *struct{}
			Tool      struct{ Name string }
		}
	}
	var messages []struct {
		Role    converse.Role
		Content []json.RawMessage
	}
	var system []json.RawMessage
	var latency struct {
		Latency model.PerformanceConfigLatency
	}
	var tier struct{ Type model.ServiceTier }
	for _, m := range []struct {
		name string
		into any
	}{
		{"messages", &messages}, {"system", &system}, {"inferenceConfig", &inference}, {"toolConfig", &tools},
		{"performanceConfig", &latency}, {"serviceTier", &tier}, {"requestMetadata", &r.Metadata},
	} {
		raw, ok := members[m.name]
		if !ok {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields() // a member without a field here would be lost
		if err := d.Decode(m.into); err != nil {
			return nil, fmt.Errorf("-body: %s: %w", m.name, err)
		}
		delete(members, m.name)
	}
	if _, ok := members["modelId"]; ok {
		return nil, errors.New("-body: modelId is not part of the body; -model names the model")
	}
	for _, m := range messages {
		r.Messages = append(r.Messages, converse.Message{Role: m.Role, Content: rawBlocks(m.Content)})
	}
	r.System = rawBlocks(system)
	r.MaxTokens, r.Temperature, r.TopP, r.StopSequences = inference.MaxTokens, inference.Temperature, inference.TopP, inference.StopSequences
	for _, t := range tools.Tools {
		r.Tools = append(r.Tools, converse.Tool{Raw: t})
	}
	choice := tools.ToolChoice
	r.ToolChoice = converse.ToolChoice{Auto: choice.Auto != nil, Any: choice.Any != nil, Tool: choice.Tool.Name}
	r.PerformanceConfigLatency, r.ServiceTier = latency.Latency, tier.Type
	if len(members) > 0 {
		var err error
		if r.Fields, err = json.Marshal(members); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func rawBlocks(list []json.RawMessage) []converse.Block {
	var blocks []converse.Block
	for _, raw := range list {
		blocks = append(blocks, converse.Block{Raw: raw})
	}
	return blocks
}

// addGuardrail sets the guardrail of a request.
func addGuardrail(r *converse.Request, id, version string) error {
	members := map[string]any{}
	if r.Fields != nil {
		if err := json.Unmarshal(r.Fields, &members); err != nil {
			return err
		}
	}
	if _, twice := members["guardrailConfig"]; twice {
		return errors.New("-guardrail: -body has a guardrailConfig")
	}
	config := map[string]string{"guardrailIdentifier": id}
	if version != "" {
		config["guardrailVersion"] = version
	}
	members["guardrailConfig"] = config
	var err error
	r.Fields, err = json.Marshal(members)
	return err
}
