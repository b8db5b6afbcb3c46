package signer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"testing"
	"time"
)

// eventPair returns both ends of one stream, whose request was signed at suiteTime.
func eventPair(t testing.TB, change func(c *Credentials)) (*EventSigner, *EventVerifier) {
	t.Helper()
	s, c, r := &Signer{Region: "us-east-1", Service: "transcribe"}, suiteCredentials(), eventRequest()
	if err := s.Sign(r, c, suiteTime); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(r, c, suiteTime, 0); err != nil {
		t.Fatal(err)
	}
	signs, err := s.Events(r, c)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	verifies, err := s.VerifyEvents(r, c)
	if err != nil {
		t.Fatal(err)
	}
	return signs, verifies
}

// resum gives an outer frame right checksums.
func resum(b []byte) []byte {
	be := binary.BigEndian
	be.PutUint32(b[8:], crc32.ChecksumIEEE(b[:8]))
	be.PutUint32(b[len(b)-4:], crc32.ChecksumIEEE(b[:len(b)-4]))
	return b
}

// TestVerifyEvents: what an EventSigner writes is accepted to its end, and nothing after it.
func TestVerifyEvents(t *testing.T) {
	signs, verifies := eventPair(t, nil)
	at := suiteTime
	for i, message := range []string{"one", "two", "three"} {
		at = at.Add(time.Minute)
		now := at.Add(time.Duration(i-1) * 5 * time.Minute) // both ends of the window, and its middle
		b, err := signs.Append(nil, []byte(message), at)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := verifies.Verify(b, now, 0); err != nil || string(got) != message {
			t.Fatalf("%q: %q, %v", message, got, err)
		}
	}
	end, err := signs.AppendEnd(nil, at)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := verifies.Verify(end, at, 0); err != nil || len(got) != 0 {
		t.Fatalf("the end: %q, %v", got, err)
	}
	if _, err := verifies.Verify(end, at, 0); !errors.Is(err, ErrMalformed) || err.Error() != "signer: malformed signature: frame comes after the end of input" {
		t.Errorf("after the end: %v", err)
	}
}

// TestVerifyEventsRefuses: each way to break a message is refused, and so is the good message after it.
func TestVerifyEventsRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		now    time.Duration // after the message's date
		change func(first, second []byte) []byte
		want   error
		text   string
	}{
		{"left out", 0, func(_, second []byte) []byte { return second }, ErrSignature, ":chunk-signature is not this message's after the one before"},
		{"payload", 0, func(b, _ []byte) []byte { b[79] ^= 1; return resum(b) }, ErrSignature, ":chunk-signature is not this message's after the one before"},
		{"signature", 0, func(b, _ []byte) []byte { b[47] ^= 1; return resum(b) }, ErrSignature, ":chunk-signature is not this message's after the one before"},
		{"date by a millisecond", 0, func(b, _ []byte) []byte { b[26] ^= 1; return resum(b) }, ErrSignature, ":chunk-signature is not this message's after the one before"},
		{"date out of range", 0, func(b, _ []byte) []byte { b[19] = 0x7f; return resum(b) }, ErrClock, ":date is too long ago or in the future"},
		{"late", 5*time.Minute + time.Nanosecond, func(b, _ []byte) []byte { return b }, ErrClock, ":date is too long ago or in the future"},
		{"early", -5*time.Minute - time.Nanosecond, func(b, _ []byte) []byte { return b }, ErrClock, ":date is too long ago or in the future"},
		{"checksum", 0, func(b, _ []byte) []byte { b[len(b)-1] ^= 1; return b }, ErrMalformed, "frame has a wrong checksum"},
		{"checksum of the prelude", 0, func(b, _ []byte) []byte { b[11] ^= 1; return b }, ErrMalformed, "frame has a wrong checksum"},
		{"length", 0, func(b, _ []byte) []byte { b[3]++; return resum(b) }, ErrMalformed, "frame has another length than a signed message"},
		{"length of the headers", 0, func(b, _ []byte) []byte { b[7]++; return resum(b) }, ErrMalformed, "frame has another length than a signed message"},
		{"another header", 0, func(b, _ []byte) []byte { b[13] = ';'; return resum(b) }, ErrMalformed, "frame does not have the headers :date and :chunk-signature"},
		{"another second header", 0, func(b, _ []byte) []byte { b[28] = ';'; return resum(b) }, ErrMalformed, "frame does not have the headers :date and :chunk-signature"},
		{"cut", 0, func(b, _ []byte) []byte { return b[:len(b)-1] }, ErrMalformed, "frame has another length than a signed message"},
		{"empty", 0, func(b, _ []byte) []byte { return nil }, ErrMalformed, "frame has another length than a signed message"},
	} {
		signs, verifies := eventPair(t, nil)
		first, err := signs.Append(nil, []byte("first"), suiteTime)
		if err != nil {
			t.Fatal(err)
		}
		second, err := signs.Append(nil, []byte("second"), suiteTime)
		if err != nil {
			t.Fatal(err)
		}
		broken := tc.change(bytes.Clone(first), second)
		if m, err := verifies.Verify(broken, suiteTime.Add(tc.now), 0); !errors.Is(err, tc.want) || m != nil || err.Error() != "signer: "+tc.want.Error()+": "+tc.text {
			t.Errorf("%s: %q, %v, want %v: %s", tc.name, m, err, tc.want, tc.text)
		}
		if m, err := verifies.Verify(first, suiteTime, 0); !errors.Is(err, tc.want) || m != nil {
			t.Errorf("%s: the good message after it: %q, %v, want %v", tc.name, m, err, tc.want)
		}
	}
}

func TestVerifyEventsOtherSecret(t *testing.T) {
	signs, verifies := eventPair(t, func(c *Credentials) { c.SecretAccessKey = "x" + c.SecretAccessKey[1:] })
	b, err := signs.Append(nil, []byte("m"), suiteTime)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifies.Verify(b, suiteTime, 0); !errors.Is(err, ErrSignature) {
		t.Errorf("another secret: %v", err)
	}
	signs, verifies = eventPair(t, func(c *Credentials) { c.Expires = suiteTime.Add(time.Minute) })
	if b, err = signs.Append(nil, []byte("m"), suiteTime); err != nil {
		t.Fatal(err)
	}
	if _, err := verifies.Verify(b, suiteTime.Add(time.Minute), 0); !errors.Is(err, ErrExpired) || err.Error() != "signer: expired: Credentials.Expires has passed" {
		t.Errorf("expired keys: %v", err)
	}
	var zero EventVerifier
	if _, err := zero.Verify(b, suiteTime, 0); !errors.Is(err, ErrInvalid) || err.Error() != "signer: invalid input: EventVerifier was not made by Signer.VerifyEvents" {
		t.Errorf("the zero value: %v", err)
	}
	if _, err := new(Signer).VerifyEvents(eventRequest(), suiteCredentials()); err == nil {
		t.Error("a request that was not signed has a verifier")
	}
}
