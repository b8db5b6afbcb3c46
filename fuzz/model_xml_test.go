package fuzz

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"bedrockwire/model"
	"bedrockwire/model/xmlwire"
)

var xmlSeeds = []string{
	`<a/>`, `<?xml version="1.0" encoding="UTF-8"?><a b="c">&lt;&#65;&#x1F600;<b/></a>`,
	`<ErrorResponse xmlns="u"><Error><Type>Sender</Type><Code>X</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
	`<Response><Errors><Error><Code>X</Code></Error></Errors><RequestID>r</RequestID></Response>`,
	`<AccessDeniedException><Message>m</Message></AccessDeniedException>`, "<UnknownOperationException/>\n",
	`<a><![CDATA[<&]]]]><!-- c --></a>`, `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, `<a><?x?></a>`,
	"<a>1\r\n2\r3</a>", `<a>]]></a>`, `<s:a xmlns:s="u"></s:a>`, `<a><member>1</member><member/></a>`,
	`<a><b>1</b><c/></a>`, `<r><body><member><chunk><bytes>YQ==</bytes></chunk></member></body></r>`,
	`<a><b></a></b>`, "<a>\xff</a>", `<a b=c>`, `<html><body>busy</body></html>`,
}

// FuzzModelXML compares package xmlwire with encoding/xml, which accepts more but must read what is
// accepted alike, and checks the error decoder on the way.
func FuzzModelXML(f *testing.F) {
	for _, seed := range xmlSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		checkError(t, model.ErrorFromXML("", src), src)

		var own strings.Builder
		lx := xmlwire.New(src)
		depth := 0
	tokens:
		for {
			switch lx.Next() {
			case xmlwire.Start:
				depth++
				own.WriteString("<" + string(lx.Name()) + ">")
			case xmlwire.EndTag:
				depth--
				own.WriteString("</" + string(lx.Name()) + ">")
			case xmlwire.Text:
				own.WriteString(lx.Text())
			default:
				break tokens
			}
			if depth != lx.Depth() || depth > xmlwire.MaxDepth {
				t.Fatalf("%q: depth %d, counted %d", src, lx.Depth(), depth)
			}
		}
		if err := lx.Err(); err != nil {
			var e *xmlwire.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(src) {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}

		var std strings.Builder
		// encoding/xml takes a byte order mark for text.
		d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(string(src), "\uFEFF")))
		depth = 0
		for {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%q accepted, encoding/xml: %v", src, err)
			}
			switch tok := tok.(type) {
			case xml.StartElement:
				depth++
				std.WriteString("<" + tok.Name.Local + ">")
			case xml.EndElement:
				depth--
				std.WriteString("</" + tok.Name.Local + ">")
			case xml.CharData:
				if depth > 0 {
					std.Write(tok)
				}
			}
		}
		if own.String() != std.String() {
			t.Fatalf("%q: %q, encoding/xml %q", src, own.String(), std.String())
		}
	})
}
