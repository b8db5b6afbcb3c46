package fuzz

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"bedrockwire/signer"
)

// eventEnds returns both ends of one stream of signed messages.
func eventEnds(t testing.TB) (*signer.EventSigner, *signer.EventVerifier) {
	t.Helper()
	s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
	r := signerRequest("POST", "/model/m/invoke-with-bidirectional-stream", "", "")
	r.PayloadHash = signer.StreamingEvents
	if err := s.Sign(r, signerCredentials(), signerTime); err != nil {
		t.Fatal(err)
	}
	signs, err := s.Events(r, signerCredentials())
	if err != nil {
		t.Fatal(err)
	}
	verifies, err := s.VerifyEvents(r, signerCredentials())
	if err != nil {
		t.Fatal(err)
	}
	return signs, verifies
}

// FuzzSignerEvents: of a stream of signed messages, the server's side accepts a frame if and only if it is, byte for
// byte, the one that the client's side wrote next. Checksums are repaired, so that the signature is what decides.
func FuzzSignerEvents(f *testing.F) {
	f.Add([]byte("hello"), uint16(79), byte(1), uint8(0), true)
	f.Add([]byte("hello"), uint16(26), byte(1), uint8(0), true)    // the date
	f.Add([]byte("hello"), uint16(50), byte(0x80), uint8(0), true) // the signature
	f.Add([]byte("hello"), uint16(3), byte(1), uint8(0), false)
	f.Add([]byte("hello"), uint16(0), byte(0), uint8(1), true) // the message before is left out
	f.Add([]byte("hello"), uint16(0), byte(0), uint8(2), true) // a message comes twice
	f.Add([]byte(""), uint16(0), byte(0), uint8(0), true)      // the end of input
	f.Fuzz(func(t *testing.T, message []byte, at uint16, mask byte, order uint8, repair bool) {
		signs, verifies := eventEnds(t)
		first, err := signs.Append(nil, []byte("first"), signerTime)
		if err != nil {
			t.Fatal(err)
		}
		var next []byte
		if len(message) == 0 {
			next, err = signs.AppendEnd(nil, signerTime)
		} else {
			next, err = signs.Append(nil, message, signerTime)
		}
		if err != nil {
			t.Fatal(err)
		}
		if order != 1 {
			if m, err := verifies.Verify(first, signerTime, 0); err != nil || string(m) != "first" {
				t.Fatalf("the first message: %q, %v", m, err)
			}
		}
		sent := bytes.Clone(next)
		if order == 2 {
			sent = bytes.Clone(first)
		}
		sent[int(at)%len(sent)] ^= mask
		if repair {
			binary.BigEndian.PutUint32(sent[8:], crc32.ChecksumIEEE(sent[:8]))
			binary.BigEndian.PutUint32(sent[len(sent)-4:], crc32.ChecksumIEEE(sent[:len(sent)-4]))
		}
		good := bytes.Equal(sent, next) && order != 1
		m, err := verifies.Verify(sent, signerTime, 0)
		switch {
		case good && (err != nil || !bytes.Equal(m, message)):
			t.Fatalf("the good message: %q, %v", m, err)
		case !good && (err == nil || m != nil):
			t.Fatalf("accepted a message that was not written next: %x, want %x", sent, next)
		}
		if _, err := verifies.Verify(next, signerTime, 0); err == nil && (!good || len(message) == 0) {
			t.Fatal("accepted a message after a refusal, or after the end")
		}
	})
}
