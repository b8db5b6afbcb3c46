// Package readfile reads small files with a limit on their size and on the time it takes.
package readfile

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"bedrockwire/client/internal/await"
)

// Limit is how long a read may take. A local file takes microseconds. A program that writes to a
// FIFO may take seconds, and a network file system may never answer.
const Limit = 10 * time.Second

// poll is the pause between two looks at a FIFO that nobody has opened for writing yet.
const poll = 5 * time.Millisecond

// File is the contents of a file and its mode.
type File struct {
	Data []byte
	Mode fs.FileMode
}

// Read returns the contents of a regular file or a FIFO, which is what process substitution of a
// shell gives. It refuses more than most bytes, and every other kind of file: directories, devices
// and sockets. It returns when ctx ends or [Limit] has passed, even if the file system hangs. Its
// error is an [*fs.PathError].
func Read(ctx context.Context, path string, most int) (File, error) {
	return read(ctx, path, most, true)
}

// ReadRegular is [Read] without FIFOs, for files that a program rewrites in place.
func ReadRegular(ctx context.Context, path string, most int) (File, error) {
	return read(ctx, path, most, false)
}

func read(ctx context.Context, path string, most int, pipes bool) (File, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	f, err := await.Call(ctx, func() (File, error) {
		return open(ctx, path, most, pipes)
	})
	var known *fs.PathError
	switch {
	case err == nil:
		return f, nil
	case ctx.Err() != nil:
		return File{}, &fs.PathError{Op: "read", Path: path, Err: context.Cause(ctx)}
	case errors.As(err, &known):
		return File{}, err
	}
	return File{}, &fs.PathError{Op: "read", Path: path, Err: err}
}

func open(ctx context.Context, path string, most int, pipes bool) (File, error) {
	// The kind is asked first, because opening a device can have an effect. If the file is replaced
	// before it is opened, the limits below still hold.
	info, err := os.Stat(path)
	if err != nil {
		return File{}, err
	}
	pipe := info.Mode()&fs.ModeNamedPipe != 0
	switch {
	case info.IsDir():
		return File{}, errors.New("it is a directory, not a file")
	case !info.Mode().IsRegular() && !(pipe && pipes):
		return File{}, errors.New("it is not a regular file")
	}
	// Without nonBlocking, opening a FIFO would wait for a writer, in a thread that nothing can
	// wake.
	f, err := os.OpenFile(path, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) }) // ends the read of a FIFO
	defer stop()
	for {
		data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
		switch {
		case err != nil:
			return File{}, err
		case len(data) > most:
			return File{}, errors.New("the file has more than " + strconv.Itoa(most) + " bytes")
		case len(data) > 0 || !pipe:
			return File{Data: data, Mode: info.Mode()}, nil
		}
		// A FIFO without a writer reads as empty.
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			return File{}, ctx.Err()
		}
	}
}
