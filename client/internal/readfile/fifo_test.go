//go:build unix

package readfile

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	return path
}

// TestFIFO: what a program writes to a FIFO is read, also when it comes late and in pieces.
func TestFIFO(t *testing.T) {
	path := fifo(t)
	go func() {
		time.Sleep(20 * time.Millisecond) // the reader is there first
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		f.WriteString("one ")
		time.Sleep(20 * time.Millisecond)
		f.WriteString("two")
	}()
	got, err := Read(context.Background(), path, 100)
	if err != nil || string(got.Data) != "one two" {
		t.Errorf("%q, %v", got.Data, err)
	}
	if _, err := ReadRegular(context.Background(), path, 100); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("ReadRegular of a FIFO: %v", err)
	}
}

// TestHangs: neither a FIFO without a writer nor one whose writer is silent holds a reader beyond
// its context.
func TestHangs(t *testing.T) {
	for _, writer := range []bool{false, true} {
		path := fifo(t)
		if writer {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := Read(ctx, path, 100)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a writer: %t: %v", writer, err)
		}
		if d := time.Since(start); d > Limit/2 {
			t.Errorf("a writer: %t: took %v", writer, d)
		}
	}
}

// TestEndless: a FIFO whose writer never stops is refused for its size.
func TestEndless(t *testing.T) {
	path := fifo(t)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString(strings.Repeat("x", 1000))
	if _, err := Read(context.Background(), path, 999); err == nil || !strings.Contains(err.Error(), "more than 999 bytes") {
		t.Errorf("error %v", err)
	}
}

// TestOtherKinds: what is not a file is refused, before it is opened.
func TestOtherKinds(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	for _, path := range []string{"/dev/zero", "/dev/null", socket} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if _, err := Read(context.Background(), path, 100); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
