package credentials

import (
	"strconv"
	"strings"
	"time"

	"bedrockwire/client/internal/printable"
)

// Limits of the service (STS API Reference, AssumeRole).
const (
	MinSession     = 15 * time.Minute
	MaxSession     = 12 * time.Hour
	maxSessionName = 64
)

// checkRole says what is wrong with the parameters that both calls have, "" for nothing. They come
// from files, and the service's own messages about them say less.
func checkRole(arn, sessionName string, d time.Duration) string {
	switch {
	case arn == "":
		return "there is no role ARN"
	case len(arn) < 20 || len(arn) > 2048 || !strings.HasPrefix(arn, "arn:"):
		return printable.Quote(arn) + " is not a role ARN"
	case sessionName != "" && (len(sessionName) < 2 || len(sessionName) > maxSessionName || sessionName != sessionNameFrom(sessionName)):
		return "the session name " + printable.Quote(sessionName) + " is not 2 to 64 letters, digits or _+=,.@-"
	case d != 0 && (d < MinSession || d > MaxSession):
		return "the duration is not between 15 minutes and 12 hours"
	}
	return ""
}

// sessionNameFrom replaces what a session name can't hold.
func sessionNameFrom(s string) string {
	return strings.Map(func(r rune) rune {
		if isNameRune(r) {
			return r
		}
		return '-'
	}, s)
}

// isNameRune reports whether a name in IAM may hold r: that of a role or of a session.
func isNameRune(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || strings.ContainsRune("_+=,.@-", r)
}

// defaultSessionName is the name of a session that the caller has not named. It shows in
// CloudTrail.
func defaultSessionName(now time.Time) string {
	return "bedrockwire-" + strconv.FormatInt(now.UnixNano(), 10)
}
