package client

import (
	"context"
	"slices"

	"bedrockwire/client/internal/printable"
)

// CallOptions change a [Config] for one call: see [WithOptions]. A zero field changes nothing.
type CallOptions struct {
	// Timeouts and Retry replace the Config's, field by field. The dial and the TLS handshake keep
	// the Config's Timeouts.Connect, so that field can only be shortened. AtLeastOnce can only be
	// turned on.
	Timeouts Timeouts
	Retry    Retry

	// Header is added to the request and signed, under the rules of Config.Header. It wins over the
	// Config's header of the same name. A header that the operation itself sets wins over both.
	Header map[string]string

	// Tap gets the bytes of this call's event stream, in place of the Config's Tap.
	Tap func(p []byte)
}

type optionsKey struct{}

// WithOptions returns a context that makes the calls with it use o. nil options are none. A call
// with options that can't be used is refused with a [*ConfigError] before anything is sent. o must
// not change until the calls have returned.
func WithOptions(ctx context.Context, o *CallOptions) context.Context {
	return context.WithValue(ctx, optionsKey{}, o)
}

// settle gives r the settings of its call.
func (c *Client) settle(ctx context.Context, r *request) error {
	r.timeouts, r.retry, r.tap, r.extra = c.cfg.Timeouts, c.cfg.Retry, c.cfg.Tap, c.extra
	o, _ := ctx.Value(optionsKey{}).(*CallOptions)
	if o == nil {
		return nil
	}
	fields, name, reason := checkHeader(o.Header, c.cfg.Unsigned)
	if reason != "" {
		return &ConfigError{"CallOptions.Header", printable.Quote(name) + " " + reason}
	}
	if len(fields) > 0 {
		r.extra = slices.Concat(c.extra, fields) // the last of a name wins
	}
	r.timeouts = o.Timeouts.over(c.cfg.Timeouts)
	r.retry = o.Retry.over(c.cfg.Retry)
	if o.Tap != nil {
		r.tap = o.Tap
	}
	return nil
}
