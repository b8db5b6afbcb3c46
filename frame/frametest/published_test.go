package frametest

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// Who published a vector.
const (
	golang   = "aws-sdk-go-v2, aws/protocol/eventstream"
	c        = "aws-c-event-stream"
	botocore = "botocore"
	rust     = "smithy-rs, aws-smithy-eventstream"
	capture  = "captured from Amazon Bedrock, ai21-python"
)

const fooBar = "{'foo':'bar'}"

// The published frames that others are derived from.
const (
	p1 = "000000100000000005c248eb7d98c8ff"
	p2 = "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936"
	p3 = "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1"

	p15 = "000000960000007a8bb495fb0474727565000566616c736501046279746502320573686f7274034e2003696e74040007a120046c6f6e67050000000ba43b74" +
		"0005627974657306000a736f6d6520627974657303737472070008736f6d65207374720474696d6508000000012a05f200047575696409b79bc914de214e13b8" +
		"b2bc47e85b7f0b736f6d65207061796c6f616401a05860"

	p18 = "0000010b0000004b38a0a5c50b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f" +
		"6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a2265794a6a614739705932567a496a706265794a70626d526c654349364d4377" +
		"696257567a6332466e5a53493665794a796232786c496a6f6959584e7a61584e305957353049697769593239756447567564434936496b6b6966537769633352" +
		"76634639795a57467a623234694f6d3531624778395858303d222c2270223a226162636465666768696a6b6c6d6e6f707172737475767778797a414243444546" +
		"4748494a4b227d1106313f"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // a constant of this file
	}
	return b
}

// good is a row of one frame. Headers are written "name type value", with "|"
// between name, type and value, because names contain spaces.
func good(name, source, stream, payload string, headers ...string) Row {
	return Row{Name: name, Source: source, Hex: stream, End: "eof", Frames: []FrameRow{frameRow(0, payload, headers...)}}
}

func frameRow(offset int64, payload string, headers ...string) FrameRow {
	f := FrameRow{Offset: offset, Headers: []Header{}, Payload: hex.EncodeToString([]byte(payload))}
	for _, h := range headers {
		p := strings.SplitN(h, "|", 3)
		f.Headers = append(f.Headers, Header{p[0], p[1], p[2]})
	}
	return f
}

// bad is a row that fails in its first frame.
func bad(name, source, fault, stream, end string, offset int64) Row {
	return Row{Name: name, Source: source, Fault: fault, Hex: stream, Frames: []FrameRow{}, End: end, Offset: &offset}
}

// with returns the frame with other bytes at an offset, as hex.
func with(frame string, at int, other string) string {
	b := unhex(frame)
	copy(b[at:], unhex(other))
	return hex.EncodeToString(b)
}

// repaired returns the frame with right checksums, as hex.
func repaired(frame string) string { return hex.EncodeToString(Repair(unhex(frame))) }

// published holds the vectors P1 to P18 and N1 to N14. Where a published
// negative vector has more than one fault, because it was changed without mending
// its checksum, a second row has the checksum mended.
func published() []Row {
	bigName := strings.Repeat("A", 255)
	p15b := unhex(p15)
	cutA := append(unhex("0000005d0000004dadcce93e"), p15b[12:88]...)
	cutB := append(unhex("000000590000004d584c4ffe"), p15b[12:88]...)
	long := bytes.Clone(append(unhex("0000005d0000004dadcce93e"), p15b[12:123]...))
	long[83] = 0xff
	return []Row{
		good("P1 empty", golang, p1, ""),
		good("P2 payload", golang, p2, fooBar),
		good("P3 payload and header", golang, p3, fooBar, "content-type|string|application/json"),
		good("P4 int32 header", golang, "0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a27626172277d36f480a0", fooBar, "event-type|int32|40972"),
		good("P5 int32 header", c, "0000002b0000000e348bec7b086576656e742d6964040000a00c7b27666f6f273a27626172277dd3890285", fooBar, "event-id|int32|40972"),
		good("P6 all types", golang, "000000cc000000af0fae64ca0a6576656e742d74797065040000a00c0c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"+
			"0a626f6f6c2066616c73650109626f6f6c207472756500046279746502cf08627974652062756606001449276d2061206c6974746c6520746561706f74210974"+
			"696d657374616d70080000000000845fed05696e74313603002a05696e7436340500000000028757b20475756964090102030405060708090a0b0c0d0e0f107b"+
			"27666f6f273a27626172277daba5f10c", fooBar,
			"event-type|int32|40972", "content-type|string|application/json", "bool false|false|", "bool true|true|", "byte|int8|-49",
			"byte buf|bytes|"+hex.EncodeToString([]byte("I'm a little teapot!")), "timestamp|timestamp|8675309", "int16|int16|42", "int64|int64|42424242", "uuid|uuid|0102030405060708090a0b0c0d0e0f10"),
		good("P7 header only", c, "0000001b0000000be5c0a072056576656e74040000002004a1d47c", "", "event|int32|32"),
		good("P8 empty values", c, "00000022000000122d9ad245046275666606000006737472696e67070000c84cf853", "", "buff|bytes|", "string|string|"),
		good("P9 true", c, "000000170000000729860158056576656e74004b4d2be7", "", "event|true|"),
		good("P10 int8 -1", botocore, "000000170000000729860158046279746502ffc2f869dc", "", "byte|int8|-1"),
		good("P10 int16 -1", botocore, "0000001900000009710e923e0573686f727403ffffb27cb6cc", "", "short|int16|-1"),
		good("P10 int32 -1", botocore, "0000001d0000000d83e3f0e707696e746567657204ffffffff8b8e12eb", "", "integer|int32|-1"),
		good("P10 int64 -1", botocore, "0000001e0000000e5d4adb8d046c6f6e6705ffffffffffffffff4bc232da", "", "long|int64|-1"),
		good("P11 all types by number", botocore, "000000620000005203b5cb9c0130000131010132020201330300030134040000000401350500000000000000050136060005627974657301370700047574663801"+
			"380800000000000000080139093031323334353637383961626364656663353671", "",
			"0|true|", "1|false|", "2|int8|2", "3|int16|3", "4|int32|4", "5|int64|5", "6|bytes|6279746573", "7|string|utf8", "8|timestamp|8", "9|uuid|"+hex.EncodeToString([]byte("0123456789abcdef"))),
		good("P12 error message", botocore, "0000005200000042bf23637e0d3a6d6573736167652d747970650700056572726f720b3a6572726f722d636f6465070004636f64650e3a6572726f722d6d6573736167650700076d6573736167656b6cea3d", "",
			":message-type|string|error", ":error-code|string|code", ":error-message|string|message"),
		good("P13 initial response", botocore, "0000007e0000004fc5a3ddc60d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070010696e697469616c2d726573706f6e7365"+
			"0d3a636f6e74656e742d74797065070009746578742f6a736f6e7b22496e697469616c526573706f6e7365223a2022736f6d6574657874227df6982483", `{"InitialResponse": "sometext"}`,
			":message-type|string|event", ":event-type|string|initial-response", ":content-type|string|text/json"),
		good("P14 int16 header", rust, "0000001f0000000f172dc2ab0b736f6d652d6865616465720301f4933c5cad", "", "some-header|int16|500"),
		good("P14 payload", rust, "0000002400000000516356ad616e6f746865722074657374207061796c6f61648df80e65", "another test payload"),
		good("P15 all types", rust, p15, "some payload",
			"true|true|", "false|false|", "byte|int8|50", "short|int16|20000", "int|int32|500000", "long|int64|50000000000",
			"bytes|bytes|"+hex.EncodeToString([]byte("some bytes")), "str|string|some str", "time|timestamp|5000000000", "uuid|uuid|b79bc914de214e13b8b2bc47e85b7f0b"),
		good("P16 longest name", c, hex.EncodeToString(Raw(RawHeader(bigName, 0, nil), nil)), "", bigName+"|true|"),
		bad("P17 prelude of 16 MiB", c, "only the prelude, which is right, has come", "010000010000000094e8f647", "truncated", 12),
		good("P18 Bedrock chunk", capture, p18, `{"bytes":"eyJjaG9pY2VzIjpbeyJpbmRleCI6MCwibWVzc2FnZSI6eyJyb2xlIjoiYXNzaXN0YW50IiwiY29udGVudCI6IkkifSwic3RvcF9yZWFzb24iOm51bGx9XX0=","p":"abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"}`,
			":event-type|string|chunk", ":content-type|string|application/json", ":message-type|string|event"),

		bad("N1 corrupted headers length", golang, "headers length 33 instead of 32", with(p3, 7, "21"), "prelude-crc", 8),
		bad("N1 corrupted total length", golang, "total length 62 instead of 61", with(p3, 3, "3e"), "prelude-crc", 8),
		bad("N2 corrupted headers", golang, "a payload byte changed", with(p3, 45, "61"), "message-crc", 57),
		bad("N2 corrupted payload", golang, "the first payload byte changed", with(p2, 12, "5b"), "message-crc", 25),
		bad("N3 headers length", botocore, "headers length ff000102", with(p3, 4, "ff000102"), "prelude-crc", 8),
		bad("N3 header name", botocore, "a byte of a header name changed", with(p3, 20, "2b"), "message-crc", 57),
		bad("N3 total length", botocore, "total length 0100001d", with(p2, 0, "01"), "prelude-crc", 8),
		bad("N3 payload", botocore, "the last payload byte changed", with(p2, 24, "8d"), "message-crc", 25),
		bad("N4 duplicate header", botocore, "a header name twice", "00000024000000144bb982d00474657374046173646604746573740461736466f3f47563", "header", 22),
		bad("N5 headers length", botocore, "headers length ff000102 with right checksums", "0000003dff0001021583f5c20c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d2f377f5d", "length", 4),
		bad("N6 payload too large", botocore, "a payload of 25165841 bytes", "0180002100000000dd3f33b1", "too-large", 0),
		bad("N7 headers beyond the frame", c, "headers length above total length less 16", "0000001400000008fe9966190000000000000000", "length", 4),
		bad("N7 total length 12", c, "total length below 16", "0000000c00000000a0d2326800", "length", 0),
		bad("N7 total length 5", c, "total length below 16", "0000000500000000adc2501900", "length", 0),
		bad("N7 prelude checksum", c, "a byte of the prelude checksum changed", with(p1, 9, "c3"), "prelude-crc", 8),
		bad("N7 a megabyte of headers", c, "1048560 bytes of empty headers", hex.EncodeToString(append(Prelude(1<<20, 1<<20-16), make([]byte, 64)...)), "too-large", 4),
		bad("N8 header value type", rust, "value type 0x60, checksum not mended", with(p15, 30, "60"), "message-crc", 146),
		bad("N8 header value type, mended", rust, "value type 0x60", repaired(with(p15, 30, "60")), "header", 25),
		bad("N9 header name length", rust, "name length 255, checksum not mended", with(p15, 25, "ff"), "message-crc", 146),
		bad("N9 header name length, mended", rust, "name length 255", repaired(with(p15, 25, "ff")), "header", 25),
		bad("N10 header string length", rust, "string length 65535, checksum not mended", with(p15, 88, "ffff"), "message-crc", 146),
		bad("N10 header string length, mended", rust, "string length 65535", repaired(with(p15, 88, "ffff")), "header", 83),
		bad("N11 message checksum", rust, "message checksum deadbeef", with(p15, 146, "deadbeef"), "message-crc", 146),
		bad("N12 prelude checksum", rust, "prelude checksum deadbeef", with(p15, 8, "deadbeef"), "prelude-crc", 8),
		bad("N13 headers cut off", rust, "a string length cut off, checksum 0", hex.EncodeToString(append(cutA, 0xff, 0, 0, 0, 0)), "message-crc", 89),
		bad("N13 headers cut off, mended", rust, "a string length cut off", repaired(hex.EncodeToString(append(cutA, 0xff, 0, 0, 0, 0))), "header", 83),
		bad("N13 headers length", rust, "headers length above total length less 16", hex.EncodeToString(append(cutB, 0xff)), "length", 4),
		bad("N14 long header name", rust, "the message checksum is in the middle of 123 bytes whose total length is 93", hex.EncodeToString(long), "message-crc", 89),
	}
}
