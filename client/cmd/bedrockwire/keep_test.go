package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

func TestInvokeSave(t *testing.T) {
	reply := bedrocktest.Text("Hel", "lo")
	w, s := service(t, reply)
	name := filepath.Join(t.TempDir(), "kept.bin")
	w.want(t, exitOK, ask(s, "-save", name)...)
	if w.out.String() != "Hello\n" {
		t.Errorf("text: %q", w.out.String())
	}
	kept, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(kept, bytes.Join(reply.Frames, nil)) {
		t.Errorf("kept %d bytes, %v", len(kept), err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("others may read the kept stream: %v, %v", info.Mode(), err)
	}
	w.want(t, exitOK, "decode", "-output", "json", name)
	if n := len(parseLines(t, w.out.String())); n != len(reply.Frames) {
		t.Errorf("decode found %d frames, want %d", n, len(reply.Frames))
	}
	// A call that fails leaves what there is, and the next that does not replaces it, also by less.
	shorter := bedrocktest.Text("Hi")
	s.Script(bedrocktest.Failure(model.AccessDeniedException, "no"), shorter)
	w.want(t, exitRefused, ask(s, "-save", name)...)
	if again, err := os.ReadFile(name); err != nil || !bytes.Equal(again, kept) {
		t.Errorf("%d bytes are left of %d, %v", len(again), len(kept), err)
	}
	w.want(t, exitOK, ask(s, "-save", name)...)
	if again, err := os.ReadFile(name); err != nil || !bytes.Equal(again, bytes.Join(shorter.Frames, nil)) {
		t.Errorf("replaced by %d bytes, %v", len(again), err)
	}
	s.Script(reply)
	w.want(t, exitOther, ask(s, "-save", filepath.Join(t.TempDir(), "no", "such", "folder"))...)
	if _, err := os.Stat("/dev/full"); err == nil {
		w.want(t, exitOther, ask(s, "-save", "/dev/full")...)
		if w.out.String() != "Hello\n" || !strings.Contains(w.err.String(), "keeping the stream") {
			t.Errorf("with a full disk: %q, %q", w.out.String(), w.err.String())
		}
	}
}

// TestSaveCut keeps exactly what came, and decode reads it back.
func TestSaveCut(t *testing.T) {
	reply := bedrocktest.Text("one ", "two ", "three")
	raw := 0
	for _, f := range reply.Frames[:4] {
		raw += len(f)
	}
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultEnd, Byte: int64(raw) + 10}
	w, s := service(t, reply)
	name := filepath.Join(t.TempDir(), "kept")
	w.want(t, exitStream, ask(s, "-save", name)...)
	if w.out.String() != "one two \n" {
		t.Errorf("text %q", w.out.String())
	}
	w.want(t, exitStream, "decode", name)
	if n := strings.Count(w.out.String(), "frame "); n != 4 || !strings.Contains(w.err.String(), fmt.Sprintf("offset %d: truncated", raw+10)) {
		t.Errorf("%d frames, and %q", n, w.err.String())
	}
	if info, err := os.Stat(name); err != nil || info.Size() != int64(raw)+10 {
		t.Errorf("kept %v, want %d bytes", info.Size(), raw+10)
	}
}
