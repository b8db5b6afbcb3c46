package credentials

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"bedrockwire/client/credentials/credentialstest"
)

// TestIMDSForgottenSession: where the service does not know the token of an earlier call any more, a new one is asked
// for, once, whichever request it refuses.
func TestIMDSForgottenSession(t *testing.T) {
	const list = "/latest/meta-data/iam/security-credentials/"
	for _, refuses := range []string{list, list + "role"} {
		s := fake(t)
		sessions, unknown := 0, ""
		s.Handle(credentialstest.IMDS, func(w http.ResponseWriter, r *http.Request) {
			token := r.Header.Get("X-Aws-Ec2-Metadata-Token")
			switch {
			case r.Method == http.MethodPut:
				sessions++
				io.WriteString(w, "token"+strings.Repeat("I", sessions))
			case r.URL.Path == refuses && (token == unknown || unknown == "all"):
				w.WriteHeader(http.StatusUnauthorized)
			case strings.HasPrefix(r.URL.Path, imdsExtended):
				w.WriteHeader(http.StatusNotFound)
			case r.URL.Path == list:
				io.WriteString(w, "role")
			default:
				io.WriteString(w, `{"Code":"Success","AccessKeyId":"A","SecretAccessKey":"CANARY"}`)
			}
		})
		m := &IMDS{Endpoint: s.URL + "/"}
		for _, row := range []struct {
			unknown  string
			sessions int
			ok       bool
		}{{"", 1, true}, {"", 1, true}, {"tokenI", 2, true}, {"", 2, true}, {"all", 3, false}} {
			unknown = row.unknown
			c, err := m.Retrieve(context.Background())
			if (err == nil) != row.ok || sessions != row.sessions || row.ok && c.AccessKeyID != "A" {
				t.Errorf("%s refuses %q: %d sessions, %v", refuses, row.unknown, sessions, err)
			}
		}
	}
}

// TestIMDSAttempts: each request is sent at most twice.
func TestIMDSAttempts(t *testing.T) {
	for refused, want := range map[string]int{"/latest/api/token": 2, "/latest/meta-data/iam/security-credentials/": 4} {
		requests := 0
		m := &IMDS{Endpoint: "http://127.0.0.1", Transport: tripper(func(r *http.Request) (*http.Response, error) {
			requests++
			switch r.URL.Path {
			case refused:
				return nil, io.ErrUnexpectedEOF
			case imdsExtended:
				return respond(http.StatusNotFound, ""), nil
			}
			return respond(200, "token"), nil
		})}
		if _, err := m.Retrieve(context.Background()); err == nil || requests != want {
			t.Errorf("%s: %d requests, %v", refused, requests, err)
		}
	}
}
