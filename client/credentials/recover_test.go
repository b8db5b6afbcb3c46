package credentials

import (
	"context"
	"net/http"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/refresh"
	"bedrockwire/signer"
)

func TestTimes(t *testing.T) {
	want := time.Date(2027, 4, 22, 22, 56, 2, 0, time.UTC)
	for _, s := range []string{
		"2027-04-22T22:56:02Z", "2027-04-22T23:56:02+01:00", "2027-04-22T23:56:02+0100", "2027-04-22T22:56:02+0000",
		"2027-04-22T23:56:02+01", "20270422T225602Z", "2027-04-22 22:56:02Z", "2027-04-22 23:56:02 +0100",
		"2027-04-22T22:56:02UTC", "2027-04-22t22:56:02z", "20270422T235602+0100", "2027-04-22T22:56:02.000Z",
	} {
		if got, ok := parseTime(s); !ok || !got.Equal(want) {
			t.Errorf("%s: %v, %t", s, got, ok)
		}
	}
	for _, s := range []string{"2027-04-22T22:56Z", "20270422T2256Z", "2027-04-22 23:56+01"} {
		if got, ok := parseTime(s); !ok || !got.Equal(want.Truncate(time.Minute)) {
			t.Errorf("%s: %v, %t", s, got, ok)
		}
	}
	for _, s := range []string{"", "x", "2027-04-22", "2027-04-22T22:56:02", "2027-13-22T22:56:02Z", "22:56:02Z", "1808434562"} {
		if got, ok := parseTime(s); ok {
			t.Errorf("%s: %v, want none", s, got)
		}
	}
}

// Any refusal of the source's keys makes the source look again, and so does the next call after one that failed.
func TestRefusedSource(t *testing.T) {
	for _, code := range []string{"InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch", "UnrecognizedClientException"} {
		s := fake(t)
		source, broken := "ASIAOLD", true
		s.Handle(credentialstest.STS, func(w http.ResponseWriter, _ *http.Request) {
			if broken {
				stsRefusal(w, code)
			}
		})
		r := assume(s)
		r.Source = (&Cache{Provider: func(context.Context) (signer.Credentials, error) {
			if source == "ASIANEW" {
				s.Handle(credentialstest.STS, nil)
			}
			return credentialstest.Keys(source), nil
		}}).Retrieve
		ctx := refresh.Force(context.Background()) // once refused by Bedrock, as a client asks for it
		for range 2 {
			if _, err := r.Retrieve(ctx); err == nil {
				t.Fatalf("%s: no error", code)
			}
		}
		source = "ASIANEW"
		if _, err := r.Retrieve(ctx); err != nil {
			t.Errorf("%s: after the file was fixed: %v", code, err)
		}
	}
}

func stsRefusal(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusForbidden)
	w.Write([]byte("<ErrorResponse><Error><Code>" + code + "</Code><Message>m</Message></Error></ErrorResponse>"))
}

// A signed call to STS is made again by the service's clock, and at once by that which a client has learnt.
func TestSTSClock(t *testing.T) {
	for _, c := range []struct {
		name  string
		ahead time.Duration
		knows bool // the client
		trust bool // AWS_DISABLE_CLOCK_SKEW_CORRECTION
		calls int
		good  bool
	}{
		{"right", 0, false, false, 1, true},
		{"ten minutes ahead", 10 * time.Minute, false, false, 2, true},
		{"ten minutes behind", -10 * time.Minute, false, false, 2, true},
		{"two hours ahead, known", 2 * time.Hour, true, false, 1, true},
		{"ten minutes ahead, not corrected", 10 * time.Minute, false, true, 2, false},
	} {
		s := fake(t)
		r := assume(s)
		r.STS.Now, r.STS.trustClock = func() time.Time { return time.Now().Add(c.ahead) }, c.trust
		ctx := context.Background()
		if c.knows {
			ctx = refresh.WithClock(ctx, refresh.Clock{Offset: -c.ahead})
		}
		if _, err := r.Retrieve(ctx); (err == nil) != c.good || s.Requests(credentialstest.STS) != c.calls {
			t.Errorf("%s: %d calls, %v", c.name, s.Requests(credentialstest.STS), err)
		}
	}
}
