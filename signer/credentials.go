package signer

import (
	"crypto/fips140"
	"fmt"
	"time"
)

// Credentials are what a request is signed with: long-term keys, or temporary ones with a session
// token.
//
// A Credentials value prints redacted: under every verb of fmt, in encoding/json and encoding/xml,
// and in log/slog. So does a struct that embeds one, or has one in an exported field. These cases
// are out of its reach:
//
//   - fmt calls no method on an unexported field. A Credentials there prints with its secret under
//     all verbs; a *Credentials there prints it under %s, %q and %t, and an address under %v, %x
//     and %d. A struct that keeps credentials in an unexported field should keep a func that
//     returns them, or have a Format method of its own.
//   - %p of a value, and %w of anything that is not an error, are mistakes for which fmt prints the
//     fields without calling a method.
//   - encoding/gob passes values on, secrets included.
//
// Go strings cannot be wiped. [Signer.Forget] drops what this package derives or copies from the
// secret; the secret itself lives as long as the caller's string.
type Credentials struct {
	// AccessKeyID names the key. It is not a secret, and is sent with every request.
	AccessKeyID string
	// SecretAccessKey is never sent. The tags are for structs that embed both a Credentials and
	// another type that marshals itself, such as a time.Time: Go then promotes neither MarshalJSON,
	// and encoding/json encodes the fields.
	SecretAccessKey string `json:"-" xml:"-"`
	// SessionToken is "" for long-term keys. It is sent with every request, and is as good as a
	// password until it expires.
	SessionToken string `json:"-" xml:"-"`
	// Expires is when the credentials stop being valid. Signing is refused from then on. Zero means
	// never.
	Expires time.Time
}

// redacted is printed in place of a secret. It says that one is set, never how long it is.
const redacted = "redacted"

// Format implements [fmt.Formatter], the same for all verbs and flags. String and GoString methods
// would not be enough: %d and %x would print the fields.
func (c Credentials) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte("Credentials{AccessKeyID:" + printedKeyID(c.AccessKeyID) +
		" SecretAccessKey:" + printedSecret(c.SecretAccessKey) +
		" SessionToken:" + printedSecret(c.SessionToken) +
		" Expires:" + c.printedExpiry() + "}"))
}

// MarshalJSON implements the interface of encoding/json, which the JSON handler of log/slog uses
// too. The result cannot be read back as credentials, and encoding/json reads no secret into a
// Credentials.
func (c Credentials) MarshalJSON() ([]byte, error) {
	return []byte(`{"AccessKeyID":"` + printedKeyID(c.AccessKeyID) +
		`","SecretAccessKey":"` + printedSecret(c.SecretAccessKey) +
		`","SessionToken":"` + printedSecret(c.SessionToken) +
		`","Expires":"` + c.printedExpiry() + `"}`), nil
}

// MarshalText implements [encoding.TextMarshaler], which the text handler of log/slog and
// encoding/xml use. A LogValue method would need log/slog, which is larger than this whole package.
func (c Credentials) MarshalText() ([]byte, error) {
	return []byte("Credentials " + printedKeyID(c.AccessKeyID)), nil
}

// printedKeyID returns an access key id only if it looks like one. When somebody swaps the two
// halves of a key pair, the secret must not reach a log: some of its 40 base64 digits are
// lower-case letters.
func printedKeyID(id string) string {
	const longest = 128 // the limit that IAM documents for GetAccessKeyLastUsed
	if len(id) > longest {
		return redacted
	}
	for i := 0; i < len(id); i++ {
		if b := id[i]; (b < 'A' || b > 'Z') && (b < '0' || b > '9') {
			return redacted
		}
	}
	return id
}

func printedSecret(s string) string {
	if len(s) == 0 {
		return ""
	}
	return redacted
}

func (c *Credentials) printedExpiry() string {
	if c.Expires.IsZero() {
		return "never"
	}
	return formatTime(c.Expires)
}

// minSecret is the shortest secret that FIPS mode allows, in bytes. The key of the first HMAC is
// "AWS4" and the secret, and needs 14 bytes, or 112 bits: NIST SP 800-131A, section 10. AWS's
// secrets have 40.
const minSecret = 10

// check refuses credentials that cannot sign at the given time.
func (c *Credentials) check(at time.Time) error {
	if c == nil {
		return invalid("Credentials", "is nil")
	}
	if c.AccessKeyID == "" {
		return invalid("Credentials.AccessKeyID", "is empty")
	}
	// A space or a comma would end the Credential element of the Authorization header early.
	for i := 0; i < len(c.AccessKeyID); i++ {
		if b := c.AccessKeyID[i]; b <= ' ' || b >= 0x7f || b == ',' {
			return invalidAt("Credentials.AccessKeyID", "has a byte that no key id has", i)
		}
	}
	if len(c.SecretAccessKey) == 0 {
		return invalid("Credentials.SecretAccessKey", "is empty")
	}
	if len(c.SecretAccessKey) < minSecret && fips140.Enabled() {
		return invalid("Credentials.SecretAccessKey", "is shorter than 10 bytes, which FIPS mode does not allow")
	}
	// A secret that was read from a file can end in a line feed, and would sign wrongly with no
	// other symptom.
	for i := 0; i < len(c.SecretAccessKey); i++ {
		if b := c.SecretAccessKey[i]; b < ' ' || b == 0x7f {
			return invalidAt("Credentials.SecretAccessKey", "has a control character", i)
		}
	}
	// HTTP trims white space in a header value, and proxies collapse it. AWS's tokens have none.
	if i := indexBlank(c.SessionToken); i >= 0 {
		return invalidAt("Credentials.SessionToken", "has a blank or a control character", i)
	}
	if c.expired(at) {
		return refuse(ErrExpired, "Credentials.Expires", "has passed")
	}
	return nil
}

func (c *Credentials) expired(at time.Time) bool {
	return !c.Expires.IsZero() && !at.Before(c.Expires)
}
