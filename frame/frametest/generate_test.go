package frametest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/*.json from the tables in this package")

const generatedBy = "generated"

// groups returns the vectors by the file they go to. The tables know nothing of
// package frame: streams come from the builders of this package, expectations
// are written down.
func groups() map[string][]Row {
	return map[string][]Row{
		"published.json": published(),
		"frames.json":    goodFrames(),
		"headers.json":   headerFaults(),
		"lengths.json":   lengthFaults(),
		"checksums.json": checksumFaults(),
		"cuts.json":      cuts(),
		"streams.json":   streams(),
	}
}

// TestVectorFiles keeps the files and the tables they are written from equal.
func TestVectorFiles(t *testing.T) {
	all := groups()
	for name, rows := range all {
		var b bytes.Buffer
		b.WriteString("[\n")
		for i, r := range rows {
			line, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(line)
			if i < len(rows)-1 {
				b.WriteByte(',')
			}
			b.WriteByte('\n')
		}
		b.WriteString("]\n")
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, b.Bytes()) {
			t.Errorf("%s is not what -update writes", path)
		}
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && all[e.Name()] == nil {
			t.Errorf("testdata/%s comes from no table", e.Name())
		}
	}
}

func goodFrame(name string, b []byte, payload string, headers ...string) Row {
	return good(name, generatedBy, hex.EncodeToString(b), payload, headers...)
}

func badFrame(name, fault string, b []byte, end string, offset int64) Row {
	return bad(name, generatedBy, fault, hex.EncodeToString(b), end, offset)
}

func one(name string, typ uint8, value []byte) []byte {
	return Raw(RawHeader(name, typ, value), []byte("payload"))
}

func be(v uint64, n int) []byte { return binary.BigEndian.AppendUint64(nil, v)[8-n:] }

var chunkHeaders = []string{":event-type|string|chunk", ":content-type|string|application/json", ":message-type|string|event"}

func goodFrames() []Row {
	rows := []Row{}
	typed := func(name string, typ uint8, value []byte, want string) {
		rows = append(rows, goodFrame("value: "+name, one("h", typ, value), "payload", "h|"+want))
	}
	typed("false", 1, nil, "false|")
	typed("smallest int8", 2, be(0x80, 1), "int8|-128")
	typed("largest int16", 3, be(0x7fff, 2), "int16|32767")
	typed("smallest int32", 4, be(1<<31, 4), "int32|-2147483648")
	typed("smallest int64", 5, be(1<<63, 8), "int64|-9223372036854775808")
	typed("largest int64", 5, be(1<<63-1, 8), "int64|9223372036854775807")
	typed("bytes that are not UTF-8", 6, Text("\xff\x00\x80"), "bytes|ff0080")
	typed("300 bytes", 6, Text(strings.Repeat("\x01", 300)), "bytes|"+strings.Repeat("01", 300))
	typed("string of all UTF-8 lengths", 7, Text("$é€𝄞"), "string|$é€𝄞")
	typed("string with NUL", 7, Text("a\x00b"), "string|a\x00b")
	typed("timestamp before 1970", 8, be(1<<64-1, 8), "timestamp|-1")
	typed("uuid of ff", 9, bytes.Repeat([]byte{0xff}, 16), "uuid|"+strings.Repeat("ff", 16))

	rows = append(rows,
		goodFrame("name of one byte and of UTF-8", Raw(append(RawHeader("a", 0, nil), RawHeader("é", 1, nil)...), nil), "", "a|true|", "é|false|"),
		goodFrame("names that differ in case", Raw(append(RawHeader("Name", 0, nil), RawHeader("name", 0, nil)...), nil), "", "Name|true|", "name|true|"),
		goodFrame("names that are prefixes", Raw(append(append(RawHeader("ab", 0, nil), RawHeader("a", 0, nil)...), RawHeader("abc", 0, nil)...), nil), "", "ab|true|", "a|true|", "abc|true|"),
		goodFrame("a signed message's headers", Raw(append(RawHeader(":date", 8, be(1, 8)), RawHeader(":chunk-signature", 6, Text("\x01\x02"))...), []byte("x")), "x", ":date|timestamp|1", ":chunk-signature|bytes|0102"),
		goodFrame("chunk without padding", ChunkFrame([]byte("{}"), 0), `{"bytes":"e30="}`, chunkHeaders...),
		goodFrame("chunk with padding", ChunkFrame([]byte("{}"), 5), `{"bytes":"e30=","p":"abcde"}`, chunkHeaders...),
		goodFrame("event of an unknown type", EventFrame("tomorrow", []byte("{}")), "{}", ":event-type|string|tomorrow", ":content-type|string|application/json", ":message-type|string|event"),
		goodFrame("exception", ExceptionFrame("throttlingException", "slow down"), `{"message":"slow down"}`,
			":exception-type|string|throttlingException", ":content-type|string|application/json", ":message-type|string|exception"),
		goodFrame("error", ErrorFrame("InternalError", "oops"), "", ":error-code|string|InternalError", ":error-message|string|oops", ":message-type|string|error"),
		goodFrame("payload that looks like frames", Raw(nil, append(unhex(p1), unhex(p2)...)), string(unhex(p1))+string(unhex(p2))),
	)
	// Counts around the ones where a decoder may change its way of finding
	// duplicates, and the largest.
	for _, n := range []int{12, 13, 40, 1024} {
		block, want := manyHeaders(n)
		rows = append(rows, goodFrame(fmt.Sprintf("%d headers", n), Raw(block, nil), "", want...))
	}
	return rows
}

// manyHeaders returns n headers of type true with the names h0000, h0001, ...
func manyHeaders(n int) (block []byte, want []string) {
	for i := range n {
		name := fmt.Sprintf("h%04d", i)
		block = append(block, RawHeader(name, 0, nil)...)
		want = append(want, name+"|true|")
	}
	return block, want
}

func headerFaults() []Row {
	rows := []Row{}
	// Every fault comes behind one good header of 5 bytes, so that its offset is
	// not that of the block.
	first := RawHeader("ok!", 0, nil)
	const at = 12 + 5
	add := func(name, fault string, header []byte) {
		rows = append(rows, badFrame("header: "+name, fault, Raw(append(bytes.Clone(first), header...), []byte("{}")), "header", at))
	}
	full := []struct {
		name  string
		typ   uint8
		value []byte
	}{
		{"int8", 2, be(1, 1)}, {"int16", 3, be(1, 2)}, {"int32", 4, be(1, 4)}, {"int64", 5, be(1, 8)}, {"bytes", 6, Text("abc")}, {"string", 7, Text("abc")}, {"timestamp", 8, be(1, 8)}, {"uuid", 9, make([]byte, 16)},
	}
	for _, f := range full {
		b := RawHeader("h", f.typ, f.value)
		add(f.name+" one byte short", "the value is one byte short", b[:len(b)-1])
		add(f.name+" without value", "the headers end behind the type", b[:3])
	}
	add("half a string length", "one byte of the length is there", RawHeader("h", 7, []byte{0}))
	add("half a bytes length", "one byte of the length is there", RawHeader("h", 6, []byte{0}))
	add("string length beyond the headers", "the length reaches into the payload", RawHeader("h", 7, []byte{0, 2}))
	add("bytes length beyond the frame", "the length reaches beyond the frame", RawHeader("h", 6, []byte{0x7f, 0xff}))
	add("string length above the grammar", "the length is 32768", RawHeader("h", 7, []byte{0x80, 0}))
	for _, typ := range []uint8{10, 11, 15, 32, 127, 128, 255} {
		add(fmt.Sprintf("type %d", typ), "the type is unknown", RawHeader("h", typ, []byte("value")))
	}
	add("empty name", "the name is empty", RawHeader("", 0, nil))
	add("empty name and a string", "the name is empty", RawHeader("", 7, Text("v")))
	add("name beyond the headers", "the name's length reaches into the payload", []byte{4, 'a', 0, 0})
	add("no type", "the headers end behind the name", []byte{1, 'a'})
	add("no name", "the headers end behind the name's length", []byte{1})
	add("leftover zero", "one zero byte is left over", []byte{0})
	add("leftover ff", "one byte ff is left over", []byte{255})
	for _, n := range []struct{ name, bytes string }{
		{"lone continuation", "\x80"}, {"truncated sequence", "a\xc3"}, {"overlong slash", "\xc0\xaf"}, {"surrogate", "\xed\xa0\x80"}, {"beyond Unicode", "\xf4\x90\x80\x80"}, {"Latin-1", "caf\xe9"},
	} {
		add("name, "+n.name, "the name is not UTF-8", RawHeader(n.bytes, 0, nil))
		add("string, "+n.name, "the string is not UTF-8", RawHeader("h", 7, Text(n.bytes)))
	}
	for _, name := range []string{":message-type", ":event-type", ":exception-type", ":content-type", ":error-code", ":error-message"} {
		add(name+" of bytes", "the reserved header is no string", RawHeader(name, 6, Text("event")))
	}
	add(":message-type of true", "the reserved header is no string", RawHeader(":message-type", 0, nil))
	add(":event-type of int32", "the reserved header is no string", RawHeader(":event-type", 4, be(1, 4)))
	add("duplicate, next", "the name is there twice", RawHeader("ok!", 0, nil))
	add("duplicate, other type", "the name is there twice", RawHeader("ok!", 7, Text("v")))

	dup := func(name string, n, i int) {
		block, _ := manyHeaders(n)
		block = append(block, RawHeader(fmt.Sprintf("h%04d", i), 1, nil)...)
		rows = append(rows, badFrame("header: "+name, "the name is there twice", Raw(block, nil), "header", 12+int64(n)*7))
	}
	dup("duplicate, 2 apart", 2, 0)
	dup("duplicate, first and last of 12", 11, 0)
	dup("duplicate, first and last of 13", 12, 0)
	dup("duplicate, last two of 13", 12, 11)
	dup("duplicate, first and last of 40", 39, 0)
	dup("duplicate, first and last of 1024", 1023, 0)

	block, _ := manyHeaders(1025)
	rows = append(rows,
		badFrame("header: 1025 headers", "one header more than the limit", Raw(block, nil), "too-large", 12+1024*7),
		badFrame("header: block of 2 bytes", "shorter than any header", Raw([]byte{1, 'a'}, nil), "header", 12),
	)
	return rows
}

func lengthFaults() []Row {
	rows := []Row{}
	add := func(total, headers uint32, fault, end string, offset int64) {
		b := append(Prelude(total, headers), make([]byte, 20)...)
		rows = append(rows, badFrame(fmt.Sprintf("length: total %d, headers %d", total, headers), fault, b, end, offset))
	}
	for total := range uint32(16) {
		add(total, 0, "total length below 16", "length", 0)
	}
	add(15, 1, "total length below 16", "length", 0)
	add(0, 1<<32-1, "total length below 16", "length", 0)
	for _, p := range [][2]uint32{{16, 1}, {16, 2}, {16, 16}, {17, 2}, {20, 5}, {267, 252}, {267, 1<<31 - 1}, {267, 1 << 31}, {267, 1<<32 - 1}, {267, 1<<32 - 16}, {1 << 31, 1<<31 - 15}, {1<<32 - 1, 1<<32 - 16}, {1<<32 - 1, 1<<32 - 1}} {
		add(p[0], p[1], "headers length above total length less 16", "length", 4)
	}
	for _, total := range []uint32{17, 18, 267, 1 << 20} {
		add(total, 1, "no header has one byte", "length", 4)
	}
	for _, total := range []uint32{24<<20 + 17, 24<<20 + 1<<10, 1<<25 + 1, 1<<31 - 1, 1 << 31, 1<<31 + 1, 1<<32 - 2, 1<<32 - 1} {
		add(total, 0, "total length above 24 MiB and 16", "too-large", 0)
	}
	for _, headers := range []uint32{128<<10 + 1, 128<<10 + 2, 1 << 20, 24 << 20} {
		add(24<<20+16, headers, "headers length above 128 KiB", "too-large", 4)
	}
	add(24<<20+16, 128<<10, "the largest lengths there are, and nothing behind them", "truncated", 32)
	return rows
}

func checksumFaults() []Row {
	rows := []Row{}
	b := unhex(p18)
	end := int64(len(b)) - 4
	for i := range 12 {
		rows = append(rows, badFrame(fmt.Sprintf("checksum: byte %d", i), "one bit of the prelude is inverted", Flip(b, 8*i+i%8), "prelude-crc", 8))
	}
	for _, i := range []int{12, 13, 24, 25, 26, 30, 86, 87, 88, 98, 200, 262, 263, 264, 266} {
		rows = append(rows, badFrame(fmt.Sprintf("checksum: byte %d", i), "one bit behind the prelude is inverted", Flip(b, 8*i+i%8), "message-crc", end))
	}
	sum := func(name, fault string, v uint32) {
		c := bytes.Clone(b)
		binary.BigEndian.PutUint32(c[end:], v)
		rows = append(rows, badFrame("checksum: message, "+name, fault, c, "message-crc", end))
	}
	right := crc32.ChecksumIEEE(b[:end])
	sum("zero", "it is 0", 0)
	sum("ff", "it is ffffffff", 1<<32-1)
	sum("complement", "it lacks the final xor", ^right)
	sum("little-endian", "its bytes are reversed", right>>24|right>>8&0xff00|right<<8&0xff0000|right<<24)
	sum("payload only", "it leaves out prelude and headers", crc32.ChecksumIEEE(b[87:end]))
	sum("without prelude", "it leaves out the prelude", crc32.ChecksumIEEE(b[12:end]))
	sum("without prelude CRC", "it leaves out the prelude CRC", crc32.ChecksumIEEE(append(bytes.Clone(b[:8]), b[12:end]...)))
	sum("Castagnoli", "it has another polynomial", crc32.Checksum(b[:end], crc32.MakeTable(crc32.Castagnoli)))
	c := bytes.Clone(b)
	binary.LittleEndian.PutUint32(c[8:], crc32.ChecksumIEEE(c[:8]))
	rows = append(rows, badFrame("checksum: prelude, little-endian", "its bytes are reversed", c, "prelude-crc", 8))
	html := []byte("<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>")
	rows = append(rows,
		badFrame("no event stream: HTML", "it is HTML", html, "prelude-crc", 8),
		badFrame("no event stream: JSON", "it is JSON", []byte(`{"message":"forbidden"}`), "prelude-crc", 8),
		badFrame("no event stream: zeros", "it is all zeros", make([]byte, 32), "prelude-crc", 8),
		badFrame("no event stream: short text", "it is shorter than a prelude", []byte("Forbidden"), "truncated", 9))
	return rows
}

func cuts() []Row {
	b := unhex(p18)
	rows := []Row{}
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 23, 24, 26, 31, 86, 87, 88, 99, 150, 200, 262, 263, 264, 265, 266} {
		rows = append(rows, badFrame(fmt.Sprintf("cut: %d of 267 bytes", n), "the stream ends inside a frame", b[:n], "truncated", int64(n)))
	}
	for _, n := range []int{1, 8, 12, 15} {
		rows = append(rows, badFrame(fmt.Sprintf("cut: %d of 16 bytes", n), "the stream ends inside a frame", unhex(p1)[:n], "truncated", int64(n)))
	}
	return rows
}

func streams() []Row {
	parts := [][]byte{ChunkFrame([]byte(`{"a":1}`), 1), unhex(p1), unhex(p18)}
	want := []FrameRow{
		frameRow(0, `{"bytes":"eyJhIjoxfQ==","p":"a"}`, chunkHeaders...),
		frameRow(0, ""),
		frameRow(0, string(unhex(p18)[87:263]), chunkHeaders...),
	}
	// stream joins n good frames and returns them with their offsets.
	stream := func(n int) (b []byte, frames []FrameRow) {
		frames = []FrameRow{}
		for i := range n {
			f := want[i%len(want)]
			f.Offset = int64(len(b))
			frames = append(frames, f)
			b = append(b, parts[i%len(parts)]...)
		}
		return b, frames
	}
	rows := []Row{}
	for _, n := range []int{0, 2, 5, 20} {
		b, frames := stream(n)
		rows = append(rows, Row{Name: fmt.Sprintf("stream: %d frames", n), Source: generatedBy, Hex: hex.EncodeToString(b), Frames: frames, End: "eof"})
	}
	last := ChunkFrame([]byte("never delivered"), 9)
	crcAt := int64(len(last)) - 4
	faults := []struct {
		name   string
		b      []byte
		end    string
		offset int64
	}{
		{"cut in the prelude", last[:7], "truncated", 7},
		{"cut at the prelude's end", last[:12], "truncated", 12},
		{"cut in the payload", last[:100], "truncated", 100},
		{"prelude checksum", Flip(last, 3), "prelude-crc", 8},
		{"message checksum", Flip(last, 800), "message-crc", crcAt},
		{"lengths", append(Prelude(40, 30), last...), "length", 4},
		{"limit", append(Prelude(1<<30, 0), last...), "too-large", 0},
		{"header", append(one("", 0, nil), last...), "header", 12},
		{"one byte between frames", append([]byte{0}, last...), "prelude-crc", 8},
	}
	for _, f := range faults {
		for _, n := range []int{1, 2, 3, 7} {
			b, frames := stream(n)
			at := int64(len(b)) + f.offset
			rows = append(rows, Row{
				Name: fmt.Sprintf("stream: %s, behind %d frames", f.name, n), Source: generatedBy, Fault: "the frame at the end: " + f.name,
				Hex: hex.EncodeToString(append(b, f.b...)), Frames: frames, End: f.end, Offset: &at,
			})
		}
	}
	return rows
}
