package signer

import (
	"fmt"
	"time"
)

// Credentials are what a request is signed with: long-term keys, or temporary ones with a session token.
//
// A Credentials value prints redacted under every verb of fmt that can print it, in encoding/json and in log/slog, and so
// does every struct that embeds one. Some things are out of its reach. fmt calls no method on an unexported field: a
// Credentials there prints with its secret under all verbs, and a *Credentials under %s, %q and each other verb that is not
// meant for pointers, for which fmt falls back to what it points to; only %v, %x, %d and their like print an address. A struct
// that keeps credentials in an unexported field should keep a func that returns them, or have a Format method of its own.
// %p of a value, and %w of anything that is no error, are mistakes that fmt answers with the fields, asking no method. And
// encoding/gob is for passing values on, secrets included.
//
// Go strings cannot be wiped. What this package derives or copies from the secret is dropped by [Signer.Forget]; the
// secret itself lives as long as the caller's string.
type Credentials struct {
	// AccessKeyID names the key. It is not a secret, and travels in every request.
	AccessKeyID string
	// SecretAccessKey never travels. The tags are for structs that embed a Credentials beside another type that marshals
	// itself, such as a time.Time: Go promotes the MarshalJSON of neither, and encoding/json goes through the fields.
	SecretAccessKey string `json:"-" xml:"-"`
	// SessionToken is "" for long-term keys. It travels, and is as good as a password until it expires.
	SessionToken string `json:"-" xml:"-"`
	// Expires is the time from which on signing is refused; zero is never.
	Expires time.Time
}

// redacted stands where a secret would have been printed. It says that one is set, never how long it is.
const redacted = "redacted"

// Format implements [fmt.Formatter] for all verbs and flags alike: String and GoString alone would let %d and %x
// through to the fields.
func (c Credentials) Format(f fmt.State, _ rune) {
	b := append(make([]byte, 0, 160), "Credentials{AccessKeyID:"...)
	b = appendKeyID(b, c.AccessKeyID)
	b = append(b, " SecretAccessKey:"...)
	b = appendRedacted(b, c.SecretAccessKey)
	b = append(b, " SessionToken:"...)
	b = appendRedacted(b, c.SessionToken)
	b = append(b, " Expires:"...)
	b = appendExpiry(b, c.Expires)
	_, _ = f.Write(append(b, '}')) // a fmt.State's Write never fails
}

// MarshalJSON implements the interface of encoding/json, which log/slog's JSON handler uses too. What it
// writes cannot be read back as credentials, and encoding/json reads no secret into one.
func (c Credentials) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 160), `{"AccessKeyID":"`...)
	b = appendKeyID(b, c.AccessKeyID)
	b = append(b, `","SecretAccessKey":"`...)
	b = appendRedacted(b, c.SecretAccessKey)
	b = append(b, `","SessionToken":"`...)
	b = appendRedacted(b, c.SessionToken)
	b = append(b, `","Expires":"`...)
	b = appendExpiry(b, c.Expires)
	return append(b, `"}`...), nil
}

// MarshalText implements [encoding.TextMarshaler]: log/slog's text handler and encoding/xml ask for it. (A
// LogValue method would do for slog as well, but importing log/slog costs a small program more than this whole package.)
func (c Credentials) MarshalText() ([]byte, error) {
	b := append(make([]byte, 0, 64), "Credentials "...)
	return appendKeyID(b, c.AccessKeyID), nil
}

// maxPrintedKeyID is the longest access key id that IAM documents (GetAccessKeyLastUsed, length 16 to 128).
const maxPrintedKeyID = 128

// appendKeyID prints an access key id only if it looks like one. Somebody who swaps the two halves of a key pair
// must not find the secret in a log: of the 40 base64 digits of a secret some are lower case.
func appendKeyID(dst []byte, id string) []byte {
	if len(id) > maxPrintedKeyID {
		return append(dst, redacted...)
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return append(dst, redacted...)
		}
	}
	return append(dst, id...)
}

func appendRedacted(dst []byte, s string) []byte {
	if len(s) == 0 {
		return dst
	}
	return append(dst, redacted...)
}

func appendExpiry(dst []byte, at time.Time) []byte {
	if at.IsZero() {
		return append(dst, "never"...)
	}
	return appendTime(dst, at)
}

// expired reports whether c may no longer sign at the given time.
func (c *Credentials) expired(at time.Time) bool {
	return !c.Expires.IsZero() && !at.Before(c.Expires)
}

// minSecret is the shortest secret that is signed with, in bytes. "AWS4" and ten more are the 14 bytes, or 112 bits,
// below which crypto/hmac panics in FIPS 140-only mode (NIST SP 800-131A, section 10). AWS's secrets have 40.
const minSecret = 10

// checkKeyID and checkSecrets refuse credentials that cannot sign. No error quotes any of them.
func (c *Credentials) checkKeyID() error {
	if c == nil {
		return invalid("Credentials", "is nil")
	}
	if len(c.AccessKeyID) == 0 {
		return invalid("Credentials.AccessKeyID", "is empty")
	}
	// A space or comma would end the Credential element of the Authorization header early.
	if !isLabel(c.AccessKeyID) { // those of AWS are
		for i := 0; i < len(c.AccessKeyID); i++ {
			if b := c.AccessKeyID[i]; b <= ' ' || b >= 0x7f || b == ',' {
				return invalidAt("Credentials.AccessKeyID", "has a byte no key id has", i)
			}
		}
	}
	return nil
}

func (c *Credentials) checkSecrets() error {
	if len(c.SecretAccessKey) == 0 {
		return invalid("Credentials.SecretAccessKey", "is empty")
	}
	if len(c.SecretAccessKey) < minSecret {
		return invalid("Credentials.SecretAccessKey", "is shorter than 10 bytes")
	}
	// A line feed at the end of a secret comes from a file, and signs wrongly with no other trace.
	if i := indexControl(c.SecretAccessKey, 0); i >= 0 {
		return invalidAt("Credentials.SecretAccessKey", "has a control character", i)
	}
	// HTTP trims and proxies collapse white space in a header value; no token of AWS's has any.
	if i := indexOdd(c.SessionToken); i >= 0 {
		return invalidAt("Credentials.SessionToken", "has a blank or a control character", i)
	}
	return nil
}
