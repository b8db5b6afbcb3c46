package main

import (
	"fmt"
	"io"
	"os"
)

// A keeper gives the bytes of a stream to files. It remembers the first fault and goes on with the
// others: what is shown does not depend on what is kept.
type keeper struct {
	to  []io.Writer
	err error
}

func (k *keeper) add(w io.Writer) { k.to = append(k.to, w) }

func (k *keeper) write(p []byte) {
	for i, w := range k.to {
		if w == nil {
			continue
		}
		if _, err := w.Write(p); err != nil {
			k.to[i] = nil
			if k.err == nil {
				k.err = fmt.Errorf("keeping the stream: %w", err)
			}
		}
	}
}

// A replacer empties its file when the first bytes come, so that a call that fails leaves what an
// earlier one saved.
type replacer struct {
	file  *os.File
	begun bool
}

func (r *replacer) Write(p []byte) (int, error) {
	if !r.begun {
		info, err := r.file.Stat()
		if err == nil && info.Mode().IsRegular() { // a device or a pipe has nothing to empty
			err = r.file.Truncate(0)
		}
		if err != nil {
			return 0, err // the end of the earlier content would look like a part of this stream
		}
		r.begun = true
	}
	return r.file.Write(p)
}
