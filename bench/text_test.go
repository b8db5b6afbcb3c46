package bench

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"bedrockwire/model/text"
)

// textRows are the rows of the text package's own tests that are worth measuring.
var textRows = []string{"anthropic text", "anthropic text escaped", "titan", "nova text", "llama", "mistral chat", "openai first", "cohere r text", "anthropic end"}

func textChunk(b *testing.B, name string) []byte {
	data, err := os.ReadFile("../model/text/testdata/chunks.json")
	if err != nil {
		b.Fatal(err)
	}
	var rows []struct{ Name, Chunk string }
	if err := json.Unmarshal(data, &rows); err != nil {
		b.Fatal(err)
	}
	for _, r := range rows {
		if r.Name == name {
			return []byte(r.Chunk)
		}
	}
	b.Fatalf("no row %q", name)
	return nil
}

func BenchmarkExtract(b *testing.B) {
	for _, name := range textRows {
		chunk := textChunk(b, name)
		b.Run("chunk="+strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			buf := make([]byte, 0, 512)
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			for range b.N {
				if _, _, err := text.Extract(buf[:0], chunk); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEnds(b *testing.B) {
	for _, name := range []string{"anthropic text", "llama", "anthropic end"} {
		chunk := textChunk(b, name)
		b.Run("chunk="+strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				text.Ends(chunk)
			}
		})
	}
}

func BenchmarkFailure(b *testing.B) {
	for _, name := range []string{"anthropic text", "llama", "openai first"} {
		chunk := textChunk(b, name)
		b.Run("chunk="+strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if text.Failure(chunk) != nil {
					b.Fatal("not an error")
				}
			}
		})
	}
}
