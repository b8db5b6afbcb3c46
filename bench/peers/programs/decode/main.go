// Command decode writes the model's bytes of a stream on standard input, with this library.
package main

import (
	"io"
	"os"

	"bedrockwire/frame"
	"bedrockwire/model"
)

func main() {
	r := frame.NewReader(os.Stdin)
	var buf []byte
	for {
		m, err := r.Next()
		if err == io.EOF {
			return
		}
		if err == nil && m.Headers.Is(":event-type", "chunk") {
			if buf, err = model.DecodeChunk(buf[:0], m.Payload); err == nil {
				os.Stdout.Write(buf)
			}
		}
		if err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
	}
}
