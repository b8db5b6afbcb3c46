// Command sdk-decode writes the model's bytes of a stream on standard input, with the SDK's event-stream decoder and
// encoding/json, as its generated clients do.
package main

import (
	"encoding/json"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

func main() {
	decoder := eventstream.NewDecoder()
	var buf []byte
	for {
		m, err := decoder.Decode(os.Stdin, buf[:0])
		if err == io.EOF {
			return
		}
		if v := m.Headers.Get(":event-type"); err == nil && v != nil && v.String() == "chunk" {
			var chunk struct{ Bytes []byte }
			if err = json.Unmarshal(m.Payload, &chunk); err == nil {
				os.Stdout.Write(chunk.Bytes)
			}
		}
		if err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
	}
}
