package sharedfile

import (
	"fmt"
	"io"
	"strconv"
)

// The types that hold values print what they are and how much they hold. String alone would not do: %x and %#v don't
// ask it. Format serves every verb, and log/slog's text; MarshalText serves encoding/json, and so slog's JSON.

func (f File) describe() string {
	if f.f == nil {
		return "sharedfile.File(empty)"
	}
	return "sharedfile.File(" + strconv.Itoa(len(f.f.sections)) + " sections)"
}

func (p Profiles) describe() string {
	if p.p == nil {
		return "sharedfile.Profiles(empty)"
	}
	return "sharedfile.Profiles(" + strconv.Itoa(len(p.p.sections)) + " sections)"
}

func (s Section) describe() string {
	if s.s == nil {
		return "sharedfile.Section(empty)"
	}
	return "sharedfile.Section(" + strconv.Itoa(len(s.s.properties)) + " properties, redacted)"
}

// Format implements [fmt.Formatter] without values.
func (f File) Format(w fmt.State, _ rune) { io.WriteString(w, f.describe()) }

// MarshalText implements encoding.TextMarshaler without values.
func (f File) MarshalText() ([]byte, error) { return []byte(f.describe()), nil }

// Format implements [fmt.Formatter] without values.
func (p Profiles) Format(w fmt.State, _ rune) { io.WriteString(w, p.describe()) }

// MarshalText implements encoding.TextMarshaler without values.
func (p Profiles) MarshalText() ([]byte, error) { return []byte(p.describe()), nil }

// Format implements [fmt.Formatter] without values.
func (s Section) Format(w fmt.State, _ rune) { io.WriteString(w, s.describe()) }

// MarshalText implements encoding.TextMarshaler without values.
func (s Section) MarshalText() ([]byte, error) { return []byte(s.describe()), nil }
