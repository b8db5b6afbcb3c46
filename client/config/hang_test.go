//go:build unix

package config

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestLoadReturns: a file that hangs does not hold Load beyond its context.
func TestLoadReturns(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	for _, variable := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"} {
		t.Run(variable, func(t *testing.T) {
			env := map[string]string{variable: fifo, "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "0123456789"}
			ctx, cancel := context.WithCancelCause(context.Background())
			cause := errors.New("the caller had enough")
			done := make(chan error, 1)
			go func() {
				_, err := Load(ctx, &Options{Getenv: func(name string) string { return env[name] }})
				done <- err
			}()
			time.Sleep(20 * time.Millisecond)
			select {
			case err := <-done:
				t.Fatalf("it does not hang: %v", err)
			default:
			}
			start := time.Now()
			cancel(cause)
			select {
			case err := <-done:
				t.Logf("returned after %v", time.Since(start))
				if !errors.Is(err, cause) {
					t.Errorf("error %v", err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("it did not return")
			}
		})
	}
}
