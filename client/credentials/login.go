package credentials

import (
	"context"
	"errors"
	"net/http"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/signer"
)

// Login returns the credentials that "aws login" has left in a file. With Renew set it renews them
// as that command does: shortly before they end, and when the service has refused them.
//
// A refresh token serves once. If another process has used it first, the credentials that it has
// left in the file are used.
type Login struct {
	Session         string            // login_session of the profile: the ARN of who signed in
	Region          string            // whose sign-in endpoint renews
	CacheDir        string            // holds the sign-ins; "" is ~/.aws/login/cache
	Endpoint        string            // replaces the sign-in endpoint; https, or http on loopback
	FIPS, DualStack bool              // which of the region's endpoints
	Transport       http.RoundTripper // nil is this package's own, with the environment's proxy
	Now             func() time.Time  // nil is time.Now

	// Renew returns new keys where those of the file are about to end: [RenewLogin], or another
	// func. With nil the keys serve until they end, 15 minutes after their last renewal by any
	// tool. It is not set by default because the elliptic curves of RenewLogin make a program 110
	// KiB larger.
	Renew func(context.Context, *Login) (signer.Credentials, error)

	profile    string // for messages
	trustClock bool   // by AWS_DISABLE_CLOCK_SKEW_CORRECTION: the Date of a response corrects nothing
}

// loginRefresh is how long before their end the keys are renewed. They last 15 minutes.
const loginRefresh = 5 * time.Minute

func (l *Login) fail(kind error, reason string, err error) error {
	e := &Error{Source: SourceLogin, Profile: l.profile, Kind: kind, Reason: reason, Err: err}
	if kind == ErrSignIn {
		e.Remedy = "run: aws login"
		if l.profile != "" {
			e.Remedy += " --profile " + quoteName(l.profile)
		}
	}
	return e
}

// Retrieve reads the file, and renews the keys where they are about to end.
func (l *Login) Retrieve(ctx context.Context) (signer.Credentials, error) {
	t, err := l.read(ctx)
	if err != nil {
		return signer.Credentials{}, err
	}
	judge := judgeOf(ctx, l.Now)
	refused := refresh.Forced(ctx) && l.Renew != nil
	if judge.left(t.keys.Expires) > loginRefresh && !refused {
		return t.keys, nil
	}
	if l.Renew == nil {
		err = l.fail(ErrSignIn, "the keys have ended, and this program does not renew them (Renew is not set)", nil)
	} else {
		var renewed signer.Credentials
		if renewed, err = call(ctx, func() (signer.Credentials, error) { return l.Renew(ctx, l) }); err == nil {
			return renewed, nil
		}
	}
	if !judge.ended(t.keys.Expires) && !refused {
		return t.keys, nil
	}
	// Another process may have used the refresh token first. What it got in return is in the file,
	// or will be in a moment.
	newer := t
	reread(ctx, func() bool {
		if n, err := l.read(ctx); err == nil && n.keys != t.keys && !judge.ended(n.keys.Expires) {
			newer = n
		}
		return newer != t || l.Renew == nil || !errors.Is(err, ErrSignIn)
	})
	if newer != t {
		return newer.keys, nil
	}
	var known *Error
	if !errors.As(err, &known) {
		err = l.fail(ErrSource, "the keys were not renewed", err)
	}
	return signer.Credentials{}, err
}

// read reads the file.
func (l *Login) read(ctx context.Context) (*loginToken, error) {
	path, err := l.path()
	if err != nil {
		return nil, l.fail(ErrConfig, "the file of the sign-in can't be named", err)
	}
	t, err := readLogin(ctx, path)
	if err != nil {
		return nil, l.fail(readKind(ctx, err, ErrSignIn), "there is no sign-in that can be used", err)
	}
	return t, nil
}
