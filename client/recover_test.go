package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// A refusal of the credentials reaches the next call, whatever attempts were left to the call that was refused.
func TestRefusedCredentialsAreStaleForTheNextCall(t *testing.T) {
	good := stream(frametest.ChunkFrame([]byte("{}"), 3))
	date := func(d time.Duration) []string {
		return []string{"Date", time.Now().Add(d).UTC().Format(http.TimeFormat)}
	}
	for _, r := range []struct {
		name     string
		attempts int
		first    []func() (*http.Response, error) // what the first call gets
		forced   string                           // of the first call's attempts, and of two further calls
	}{
		{"expired, one attempt", 1, []func() (*http.Response, error){exception("ExpiredTokenException")}, "[false true false]"},
		{"unknown, one attempt", 1, []func() (*http.Response, error){exception("UnrecognizedClientException")}, "[false true false]"},
		{"unknown to STS' name, one attempt", 1, []func() (*http.Response, error){exception("InvalidClientTokenId")}, "[false true false]"},
		{"wrong secret, one attempt", 1, []func() (*http.Response, error){exception("InvalidSignatureException", date(0)...)}, "[false true false]"},
		{"wrong secret, three attempts", 3, []func() (*http.Response, error){exception("InvalidSignatureException", date(0)...)}, "[false true false]"},
		{"refused twice in one call", 3, []func() (*http.Response, error){exception("ExpiredTokenException"), exception("ExpiredTokenException")}, "[false true true false]"},
		{"refused at the last attempt", 2, []func() (*http.Response, error){exception(model.ThrottlingException), exception("ExpiredTokenException")}, "[false false true false]"},
		{"the clock's fault", 1, []func() (*http.Response, error){exception("InvalidSignatureException", date(time.Hour)...)}, "[false false false]"},
		{"denied", 1, []func() (*http.Response, error){exception(model.AccessDeniedException)}, "[false false false]"},
	} {
		for _, bearer := range []bool{false, true} {
			a := &answers{list: append(r.first[:len(r.first):len(r.first)], good)}
			var forced []bool
			c := newClient(t, "https://h", quick, func(cfg *Config) {
				cfg.Transport, cfg.Retry.MaxAttempts = a, r.attempts
				cfg.Credentials = func(ctx context.Context) (signer.Credentials, error) {
					forced = append(forced, refresh.Forced(ctx))
					return testKeys(ctx)
				}
				if bearer {
					cfg.BearerToken = func(ctx context.Context) (string, error) {
						forced = append(forced, refresh.Forced(ctx))
						return "token", nil
					}
				}
			})
			if bearer && r.first[0] != nil && (r.name == "wrong secret, one attempt" || r.name == "wrong secret, three attempts") {
				continue // a token signs nothing
			}
			if _, err := c.InvokeModelWithResponseStream(context.Background(), testRequest()); err == nil {
				t.Fatalf("%s: no error", r.name)
			}
			open(t, c)
			open(t, c)
			if got := fmt.Sprint(forced); got != r.forced {
				t.Errorf("%s, bearer %t: forced %s, want %s", r.name, bearer, got, r.forced)
			}
		}
	}
}

// Where the newer credentials can't be had, each call asks for them again.
func TestStaleCredentialsStayStale(t *testing.T) {
	a := &answers{list: []func() (*http.Response, error){exception("ExpiredTokenException"), stream(frametest.ChunkFrame([]byte("{}"), 3))}}
	var forced []bool
	c := newClient(t, "https://h", once, func(cfg *Config) {
		cfg.Transport = a
		cfg.Credentials = func(ctx context.Context) (signer.Credentials, error) {
			forced = append(forced, refresh.Forced(ctx))
			if len(forced) == 2 {
				return signer.Credentials{}, errors.New("the source is down")
			}
			return testKeys(ctx)
		}
	})
	for range 2 {
		if _, err := c.InvokeModelWithResponseStream(context.Background(), testRequest()); err == nil {
			t.Fatal("no error")
		}
	}
	open(t, c)
	open(t, c)
	if got := fmt.Sprint(forced); got != "[false true true false]" {
		t.Errorf("forced %s", got)
	}
}

// The clock is learnt from every response, with one attempt too, and it heals by a success.
func TestClockIsLearnt(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	good := func(fields ...string) func() (*http.Response, error) {
		return response(200, string(frametest.ChunkFrame([]byte("{}"), 3)), append(fields, "Content-Type", "application/vnd.amazon.eventstream")...)
	}
	date := func(d time.Duration) []string { return []string{"Date", at.Add(d).Format(http.TimeFormat)} }
	for _, r := range []struct {
		name   string
		first  func() (*http.Response, error)
		second func() (*http.Response, error)
		off    bool     // DisableClockSkewCorrection
		want   []string // dates of three calls
	}{
		{"a refusal teaches", exception("InvalidSignatureException", date(time.Hour)...), good(date(time.Hour)...), false, []string{"030405", "040405", "040405"}},
		{"a success teaches", good(date(10 * time.Minute)...), good(date(10 * time.Minute)...), false, []string{"030405", "031405", "031405"}},
		{"another error teaches", exception(model.ValidationException, date(-2*time.Hour)...), good(date(-2 * time.Hour)...), false, []string{"030405", "010405", "010405"}},
		{"below the threshold too", good(date(3 * time.Second)...), good(date(0)...), false, []string{"030405", "030408", "030405"}},
		{"a success heals", exception("InvalidSignatureException", date(time.Hour)...), good(date(0)...), false, []string{"030405", "040405", "030405"}},
		{"no Date teaches nothing", good(), good(), false, []string{"030405", "030405", "030405"}},
		{"no Date forgets nothing", good(date(time.Hour)...), good(), false, []string{"030405", "040405", "040405"}},
		{"a cached response teaches nothing", good(append(date(time.Hour), "Age", "1")...), good(), false, []string{"030405", "030405", "030405"}},
		{"switched off", exception("InvalidSignatureException", date(time.Hour)...), good(date(time.Hour)...), true, []string{"030405", "030405", "030405"}},
	} {
		a := &answers{list: []func() (*http.Response, error){r.first, r.second}}
		c := newClient(t, "https://h", once, func(cfg *Config) {
			cfg.Transport, cfg.DisableClockSkewCorrection = a, r.off
			cfg.Now = func() time.Time { return at }
		})
		for i := range 3 {
			if s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest()); err == nil {
				s.Close()
			}
			if got := a.seen[i].Get("X-Amz-Date"); got != "20260102T"+r.want[i]+"Z" {
				t.Errorf("%s: call %d is dated %s, want %s", r.name, i+1, got, r.want[i])
			}
		}
	}
}

// A response that was more than 15 minutes on its way says nothing about the clock, and a request that was too old when it
// arrived is signed anew, once.
func TestFrozenMachine(t *testing.T) {
	const expired = `{"message":"Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z"}`
	for _, r := range []struct {
		name     string
		attempts int
		frozen   time.Duration
		body     string
		refusals int
		want     int // attempts
	}{
		{"an hour", 3, time.Hour, expired, 1, 2},
		{"an hour, without the words", 3, time.Hour, `{}`, 1, 2},
		{"ten minutes", 3, 10 * time.Minute, expired, 1, 2},
		{"the clock stood still too", 3, 0, expired, 1, 2},
		{"once only", 3, time.Hour, expired, 3, 2},
		{"no attempts left", 1, time.Hour, expired, 1, 1},
		{"a wrong secret", 3, 0, `{"message":"The request signature we calculated does not match"}`, 1, 1},
	} {
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		var dates []string
		c := newClient(t, "https://h", quick, func(cfg *Config) {
			cfg.Retry.MaxAttempts = r.attempts
			cfg.Now = func() time.Time { return now }
			cfg.Transport = roundTripper(func(q *http.Request) (*http.Response, error) {
				dates = append(dates, q.Header.Get("X-Amz-Date"))
				if len(dates) > r.refusals {
					return stream(frametest.ChunkFrame([]byte("{}"), 3))()
				}
				now = now.Add(r.frozen)
				return response(403, r.body, "X-Amzn-Errortype", "InvalidSignatureException", "Date", now.Format(http.TimeFormat))()
			})
		})
		_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		if len(dates) != r.want || (err == nil) != (r.refusals < r.want) {
			t.Errorf("%s: dates %v, %v", r.name, dates, err)
		}
	}
}

// The expiration of credentials is judged by the corrected clock, and by the service where nothing is known.
func TestExpirationByTheCorrectedClock(t *testing.T) {
	truth := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, r := range []struct {
		name     string
		ahead    time.Duration // of the machine's clock
		left     time.Duration // by the true clock
		off      bool
		requests []int // after each of three calls
		good     bool  // the last call
	}{
		{"two hours ahead, fresh keys", 2 * time.Hour, time.Hour, false, []int{1, 2, 3}, true},
		{"right, fresh keys", 0, time.Hour, false, []int{1, 2, 3}, true},
		{"two hours behind, keys that have ended", -2 * time.Hour, -time.Hour, false, []int{1, 1, 1}, false},
		{"two hours ahead, not corrected", 2 * time.Hour, time.Hour, true, []int{0, 0, 0}, false},
	} {
		requests := 0
		local := truth.Add(r.ahead)
		c := newClient(t, "https://h", once, func(cfg *Config) {
			cfg.Now, cfg.DisableClockSkewCorrection = func() time.Time { return local }, r.off
			cfg.Credentials = func(ctx context.Context) (signer.Credentials, error) {
				k, err := testKeys(ctx)
				k.Expires = truth.Add(r.left)
				return k, err
			}
			cfg.Transport = roundTripper(func(q *http.Request) (*http.Response, error) {
				requests++
				date := []string{"Date", truth.Format(http.TimeFormat)}
				at, err := time.Parse("20060102T150405Z", q.Header.Get("X-Amz-Date"))
				if err != nil || at.Sub(truth).Abs() > 5*time.Minute {
					return exception("InvalidSignatureException", date...)()
				}
				if r.left < 0 {
					return exception("ExpiredTokenException", date...)()
				}
				return response(200, string(frametest.ChunkFrame([]byte("{}"), 3)), append(date, "Content-Type", "application/vnd.amazon.eventstream")...)()
			})
		})
		var err error
		for i, want := range r.requests {
			var s *Stream
			if s, err = c.InvokeModelWithResponseStream(context.Background(), testRequest()); err == nil {
				s.Close()
			}
			if requests != want {
				t.Errorf("%s: %d requests after call %d, want %d", r.name, requests, i+1, want)
			}
		}
		if (err == nil) != r.good {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// A clock that was set since it was learnt is not believed: a request is sent, and its response teaches.
func TestClockThatWasSet(t *testing.T) {
	truth := time.Now()
	var ahead time.Duration
	c := newClient(t, "https://h", once, func(cfg *Config) {
		cfg.Now = func() time.Time { return time.Now().Add(ahead) }
		cfg.Credentials = func(ctx context.Context) (signer.Credentials, error) {
			k, err := testKeys(ctx)
			k.Expires = truth.Add(time.Hour)
			return k, err
		}
		cfg.Transport = roundTripper(func(q *http.Request) (*http.Response, error) {
			date := []string{"Date", time.Now().UTC().Format(http.TimeFormat)}
			at, err := time.Parse("20060102T150405Z", q.Header.Get("X-Amz-Date"))
			if err != nil || time.Until(at).Abs() > 5*time.Minute {
				return exception("InvalidSignatureException", date...)()
			}
			return response(200, string(frametest.ChunkFrame([]byte("{}"), 3)), append(date, "Content-Type", "application/vnd.amazon.eventstream")...)()
		})
	})
	for _, ahead = range []time.Duration{0, 2 * time.Hour, -2 * time.Hour, 0, 20 * time.Minute} {
		c.InvokeModelWithResponseStream(context.Background(), testRequest()) // learns
		open(t, c)
	}
}
