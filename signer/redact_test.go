package signer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The secrets that must not appear. They are of the kind whose hex, quoted and decimal forms are looked for as well.
const (
	hiddenSecret = "hIdDeNsEcReT/K7MDENG+bPxRfiCYEXAMPLEKEY"
	hiddenToken  = "hIdDeNtOkEn//////////wEXAMPLEtc764bNrC9SAPBSM22"
)

// leaks returns the forms in which any verb, or JSON, could print a secret.
func leaks(secrets ...[]byte) []string {
	var forms []string
	for _, s := range secrets {
		// A part gives it away too, and a verb may put something between any two bytes.
		head := s[:10]
		forms = append(forms,
			string(head), hex.EncodeToString(head), strings.ToUpper(hex.EncodeToString(head)), fmt.Sprintf("% x", head),
			strings.Trim(fmt.Sprint(head), "[]"), strings.Trim(fmt.Sprintf("%#v", head), "[]byte{}"), strings.ReplaceAll(strings.Trim(fmt.Sprint(head), "[]"), " ", ","))
		encoded, _ := json.Marshal(s[:9])
		forms = append(forms, strings.Trim(string(encoded), `"`))
	}
	return forms
}

// What users do with credentials.
type (
	byValue   struct{ Credentials }
	byPointer struct{ *Credentials }
	inField   struct {
		Name string
		C    Credentials
		P    *Credentials
	}
	hidden struct { // an unexported field has to be a func: see Credentials
		credentials func() Credentials
		signer      *Signer
		value       Signer
	}
	signerByValue   struct{ Signer }
	signerByPointer struct{ *Signer }
)

// TestRedacted prints everything that holds or has held a secret in every way there is, but for those that TestOutOfReach
// has.
func TestRedacted(t *testing.T) {
	c := Credentials{AccessKeyID: "AKIDVISIBLE", SecretAccessKey: hiddenSecret, SessionToken: hiddenToken, Expires: suiteTime.Add(time.Hour)}
	s := &Signer{Region: "us-east-1", Service: "transcribe"}
	r := eventRequest()
	if err := s.Sign(r, &c, suiteTime); err != nil {
		t.Fatal(err)
	}
	presigned := plainRequest()
	var err error
	if presigned.RawQuery, err = s.Presign(presigned, &c, suiteTime, time.Minute); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(r, &c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := events.Append(nil, []byte("x"), suiteTime); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(hiddenSecret))
	key := DeriveKey(hiddenSecret, suiteTime, s.Region, s.Service)
	forms := leaks([]byte(hiddenSecret), []byte(hiddenToken), key[:], []byte("AWS4"+hiddenSecret), digest[:])

	values := map[string]any{
		"Credentials": c, "*Credentials": &c, "slice": []Credentials{c}, "pointers": []*Credentials{&c}, "map": map[string]Credentials{"k": c},
		"array": [1]Credentials{c}, "by value": byValue{c}, "*by value": &byValue{c}, "by pointer": byPointer{&c}, "*by pointer": &byPointer{&c},
		"in a field": inField{"n", c, &c}, "*in a field": &inField{"n", c, &c}, "interface": []any{c, &c},
		"*Signer": s, "signer by pointer": signerByPointer{s}, "zero": Credentials{}, "EventSigner": *events, "*EventSigner": events,
		"Request": *r, "*Request": r, "requests": []Request{*r, *presigned}, "request pointers": []*Request{r, presigned}, "presigned": *presigned,
		"swapped": Credentials{AccessKeyID: hiddenSecret, SecretAccessKey: hiddenSecret},
		"long":    Credentials{AccessKeyID: strings.Repeat("A", 500) + hiddenSecret, SecretAccessKey: hiddenSecret},
	}
	// Copies of a signer that has a key, as a struct that embeds it by value has. No call is running, so it may be copied.
	values["Signer"], values["signer by value"] = *s, signerByValue{*s}
	get := func() Credentials { return c }
	values["hidden"], values["*hidden"] = hidden{get, s, *s}, &hidden{get, s, *s}
	for _, tc := range refusals() {
		s, r, c := suiteSigner(), plainRequest(), c
		r.Header = http.Header{}
		tc.change(s, r, &c)
		if err := s.Sign(r, &c, suiteTime); err != nil && strings.HasPrefix(tc.field, "Credentials") {
			values["error: "+tc.name] = err
		}
	}
	for _, sentinel := range []error{ErrInvalid, ErrExpired, ErrUnsigned, ErrMalformed, ErrKeyID, ErrScope, ErrClock, ErrToken, ErrSignedHeaders, ErrPayload, ErrSignature} {
		values["sentinel: "+sentinel.Error()] = sentinel
		values["wrapped: "+sentinel.Error()] = fmt.Errorf("call: %w", refuse(sentinel, "f", "r"))
	}
	wrong := &Credentials{AccessKeyID: "AKIDVISIBLE", SecretAccessKey: hiddenSecret + "x", SessionToken: hiddenToken}
	values["error: signature"] = s.Verify(r, wrong, suiteTime, 0)
	wrong.SessionToken += "x"
	values["error: token"] = s.Verify(r, wrong, suiteTime, 0)

	outputs := 0
	check := func(name, how, text string) {
		outputs++
		for _, form := range forms {
			if strings.Contains(text, form) {
				// The text itself stays out of the log of a failed test.
				t.Errorf("%s as %s prints a secret", name, how)
				return
			}
		}
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x", "%#x", "%t", "%o", "%b", "%U", "%e", "%c", "%10.3v", "%z"} {
			check(name, verb, fmt.Sprintf(verb, v))
		}
		check(name, "Sprint", fmt.Sprint(v))
		check(name, "Errorf", fmt.Errorf("%v", v).Error())
		if b, err := json.Marshal(v); err == nil {
			check(name, "json", string(b))
			if !json.Valid(b) {
				t.Errorf("%s: JSON is not valid", name)
			}
		} else {
			check(name, "json error", err.Error())
		}
		if b, err := xml.Marshal(v); err == nil {
			check(name, "xml", string(b))
		}
		for how, handler := range map[string]func(b *bytes.Buffer) slog.Handler{
			"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			"slog json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(handler(&b)).Error("m", "v", v, slog.Group("g", "v", v))
			check(name, how, b.String())
		}
	}
	if outputs < 200 {
		t.Errorf("only %d outputs", outputs)
	}
	t.Logf("%d outputs of %d values", outputs, len(values))
}

// TestUnexportedField keeps the documentation of Credentials true: which fields fmt prints without asking, and what helps.
func TestUnexportedField(t *testing.T) {
	c := Credentials{AccessKeyID: "AKIDVISIBLE", SecretAccessKey: hiddenSecret}
	forms := leaks([]byte(hiddenSecret))
	for _, tc := range []struct {
		name  string
		value any
		leaks string // verbs under which fmt prints the secret
	}{
		{"value", struct{ c Credentials }{c}, "vsqxXdt"},
		{"pointer", struct{ c *Credentials }{&c}, "sqt"},
		{"func", struct{ c func() Credentials }{func() Credentials { return c }}, ""},
		{"own Format", holder{&c}, ""},
	} {
		for _, verb := range "vsqxXdt" {
			text, found := fmt.Sprintf("%"+string(verb), tc.value), false
			for _, form := range forms {
				found = found || strings.Contains(text, form)
			}
			if want := strings.ContainsRune(tc.leaks, verb); found != want {
				t.Errorf("%s under %%%c: printed %v, documented %v", tc.name, verb, found, want)
			}
		}
	}
}

// TestOutOfReach keeps the rest of that documentation true: where fmt asks no method, and that encoding/json, where it asks
// none, meets tags.
func TestOutOfReach(t *testing.T) {
	c := Credentials{AccessKeyID: "AKIDVISIBLE", SecretAccessKey: hiddenSecret}
	type besideTime struct {
		Credentials
		time.Time
	}
	type requestBesideTime struct {
		Request
		time.Time
	}
	signed := Request{RawQuery: hiddenSecret, Header: map[string][]string{"X-Amz-Security-Token": {hiddenSecret}}}
	type named struct {
		Credentials Credentials
		time.Time
	}
	encode := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	pointer, wrap := "%p", "%w" // not constants, which vet would find
	for _, tc := range []struct {
		name, text string
		leaks      bool
	}{
		{"%p of a value", fmt.Sprintf(pointer, c), true},
		{"%p of a pointer", fmt.Sprintf(pointer, &c), false},
		{"%w of a value", fmt.Errorf(wrap, c).Error(), true},
		{"%w of a pointer", fmt.Errorf(wrap, &c).Error(), true},
		{"JSON, embedded beside a time", encode(besideTime{c, suiteTime}), false},
		{"JSON, request beside a time", encode(requestBesideTime{signed, suiteTime}), false},
		{"JSON, named beside a time", encode(named{c, suiteTime}), false},
		{"fmt, embedded beside a time", fmt.Sprintf("%v %+v %#v", besideTime{c, suiteTime}, besideTime{c, suiteTime}, besideTime{c, suiteTime}), false},
	} {
		found := false
		for _, form := range leaks([]byte(hiddenSecret)) {
			found = found || strings.Contains(tc.text, form)
		}
		if found != tc.leaks {
			t.Errorf("%s: printed %v, documented %v", tc.name, found, tc.leaks)
		}
	}
}

// holder is a type with unexported credentials that prints itself.
type holder struct{ c *Credentials }

func (h holder) Format(f fmt.State, verb rune) { h.c.Format(f, verb) }

// TestRedactedFinds: the search above finds the secret where it is printed, by every verb that can.
func TestRedactedFinds(t *testing.T) {
	type bare struct{ AccessKeyID, SecretAccessKey string }
	forms := leaks([]byte(hiddenSecret))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x"} {
		text := fmt.Sprintf(verb, bare{"A", hiddenSecret})
		if verb == "%d" {
			text = fmt.Sprintf(verb, []byte(hiddenSecret))
		}
		found := false
		for _, form := range forms {
			found = found || strings.Contains(text, form)
		}
		if !found {
			t.Errorf("not found under %s", verb)
		}
	}
}

// TestRedactedText pins what is printed instead.
func TestRedactedText(t *testing.T) {
	c := Credentials{AccessKeyID: "AKIDVISIBLE", SecretAccessKey: hiddenSecret, SessionToken: hiddenToken, Expires: suiteTime}
	for _, tc := range []struct{ got, want string }{
		{fmt.Sprint(c), "Credentials{AccessKeyID:AKIDVISIBLE SecretAccessKey:redacted SessionToken:redacted Expires:20150830T123600Z}"},
		{fmt.Sprintf("%#v", &Credentials{}), "Credentials{AccessKeyID: SecretAccessKey: SessionToken: Expires:never}"},
		{fmt.Sprint(Credentials{AccessKeyID: "akid\x1b[31m"}), "Credentials{AccessKeyID:redacted SecretAccessKey: SessionToken: Expires:never}"},
		{fmt.Sprint(Request{Method: "GET", Host: "h", Path: "/", Header: tenFields()}), `Request{"GET" "h" "/", header fields: 10}`},
		{fmt.Sprint(Request{Method: "GET\n", Host: "h", Path: "/é", RawQuery: "x"}), `Request{"GET\n" "h" "/\u00e9" with query, header fields: 0}`},
	} {
		if tc.got != tc.want {
			t.Errorf("%s, want %s", tc.got, tc.want)
		}
	}
	b, err := json.Marshal(c)
	if want := `{"AccessKeyID":"AKIDVISIBLE","SecretAccessKey":"redacted","SessionToken":"redacted","Expires":"20150830T123600Z"}`; err != nil || string(b) != want {
		t.Errorf("%s, %v, want %s", b, err, want)
	}
	// What keeps the secret out of JSON keeps JSON out of the secret: a file of keys is read into a type of the caller's.
	var read Credentials
	if err := json.Unmarshal([]byte(`{"AccessKeyID":"A","SecretAccessKey":"`+hiddenSecret+`"}`), &read); err != nil || read.SecretAccessKey != "" {
		t.Errorf("reading: %v", err)
	}
	if text := (&Error{Field: "f", Reason: "r", Offset: 3, Err: errors.New("e")}).Error(); text != "signer: e: f r at offset 3" {
		t.Error(text)
	}
}

func tenFields() http.Header {
	h := http.Header{}
	for c := range 10 {
		h[string(rune('a'+c))] = []string{"v"}
	}
	return h
}
