package credentials

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/sharedfile"
)

// TestChainAuthorities: a chain reads AWS_CA_BUNDLE and ca_bundle where the program sets neither
// RootCAs nor Transport.
func TestChainAuthorities(t *testing.T) {
	s := fake(t)
	sts := httptest.NewUnstartedServer(s)
	sts.Config.ErrorLog = log.New(io.Discard, "", 0)
	sts.StartTLS()
	defer sts.Close()
	dir := t.TempDir()
	bundle, empty := filepath.Join(dir, "bundle.pem"), filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sts.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(sts.Certificate())
	for _, r := range []struct {
		name, variable, property string
		change                   func(*Chain)
		kind                     error
		text                     string
	}{
		{name: "no authority", kind: ErrSource, text: "certificate"},
		{name: "AWS_CA_BUNDLE", variable: bundle},
		{name: "ca_bundle", property: bundle},
		{name: "AWS_CA_BUNDLE in the home directory", variable: "~/bundle.pem"},
		{name: "AWS_CA_BUNDLE wins over ca_bundle", variable: bundle, property: empty},
		{name: "AWS_CA_BUNDLE without a certificate", variable: empty, kind: ErrConfig, text: "contains no certificate"},
		{name: "an absent AWS_CA_BUNDLE", variable: filepath.Join(dir, "none"), kind: ErrConfig, text: "AWS_CA_BUNDLE"},
		{name: "an absent ca_bundle", property: filepath.Join(dir, "none"), kind: ErrConfig, text: "ca_bundle of profile"},
		{name: "RootCAs of the program", variable: empty, change: func(c *Chain) { c.RootCAs = roots }},
		{name: "Transport of the program", variable: empty, change: func(c *Chain) { c.Transport = sts.Client().Transport }},
	} {
		t.Run(r.name, func(t *testing.T) {
			st := credentialstest.Situation{Env: map[string]string{"AWS_ENDPOINT_URL_STS": sts.URL, "AWS_CA_BUNDLE": r.variable},
				Config: "[default]\nweb_identity_token_file = %HOME%/token\nrole_arn = arn:aws:iam::123456789012:role/Pod\nca_bundle = " + r.property + "\n"}
			env, err := st.Setup(s, dir)
			if err != nil {
				t.Fatal(err)
			}
			chain := &Chain{Getenv: getenv(env)}
			if r.change != nil {
				r.change(chain)
			}
			c, err := chain.Retrieve(context.Background())
			switch {
			case r.kind == nil && (err != nil || c.AccessKeyID != "ASIAWEBPOD"):
				t.Errorf("%v, %v", c, err)
			case r.kind != nil:
				wantError(t, c, err, r.kind, r.text)
			}
		})
	}
}

// TestChainAuthoritiesAreOnlyReadForServices: keys of the environment need no authority.
func TestChainAuthoritiesAreOnlyReadForServices(t *testing.T) {
	env := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "0123456789", "AWS_CA_BUNDLE": filepath.Join(t.TempDir(), "none")}
	if c, err := (&Chain{Getenv: getenv(env)}).Retrieve(context.Background()); err != nil || c.AccessKeyID != "AKIAENV" {
		t.Errorf("%v, %v", c, err)
	}
}

// TestChainSettingsInTime: a selection whose context has ended blames no setting.
func TestChainSettingsInTime(t *testing.T) {
	files := sharedfile.Merge(sharedfile.Parse([]byte("[default]\nca_bundle = "+filepath.Join(t.TempDir(), "none")+"\n"), sharedfile.Config, "config"), sharedfile.File{})
	ctx, cancel := context.WithCancelCause(context.Background())
	enough := errors.New("enough")
	cancel(enough)
	_, err := (&Chain{Getenv: getenv(nil), Files: &files}).selectSource(ctx)
	if !errors.Is(err, ErrSource) || !errors.Is(err, enough) {
		t.Errorf("error %v", err)
	}
}

// TestChainClockCorrection: the switch reaches the calls to STS, by variable and by property.
func TestChainClockCorrection(t *testing.T) {
	for _, r := range []struct {
		name, variable, property string
		good                     bool
		calls                    int
	}{
		{"corrected", "", "", true, 2},
		{"switched off by the variable", "true", "", false, 2},
		{"switched off by the property", "", "true", false, 2},
		{"the variable wins", "false", "true", true, 2},
	} {
		s := fake(t)
		st := credentialstest.Situation{Env: map[string]string{"AWS_DISABLE_CLOCK_SKEW_CORRECTION": r.variable},
			Config: "[default]\nrole_arn = arn:aws:iam::123456789012:role/A\nsource_profile = keys\ndisable_clock_skew_correction = " + r.property +
				"\n[profile keys]\naws_access_key_id = AKIAKEYS\naws_secret_access_key = " + credentialstest.Keys("AKIAKEYS").SecretAccessKey + "\n"}
		env, err := st.Setup(s, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		chain := &Chain{Getenv: getenv(env), Now: func() time.Time { return time.Now().Add(10 * time.Minute) }}
		if _, err := chain.Retrieve(context.Background()); (err == nil) != r.good || s.Requests(credentialstest.STS) != r.calls {
			t.Errorf("%s: %d calls, %v", r.name, s.Requests(credentialstest.STS), err)
		}
	}
}
