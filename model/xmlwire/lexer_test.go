package xmlwire_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"bedrockwire/model/xmlwire"
)

// trace writes the tokens of a document as text: <name>, </name> and the texts, joined where they
// adjoin.
func trace(src []byte) (string, error) {
	var out strings.Builder
	lx := xmlwire.New(src)
	for {
		k := lx.Next()
		if err := lx.Err(); err != nil && k != xmlwire.Invalid {
			return "", errors.Join(errors.New("a token was delivered after the fault"), err)
		}
		switch k {
		case xmlwire.Start:
			out.WriteString("<" + string(lx.Name()) + ">")
		case xmlwire.EndTag:
			out.WriteString("</" + string(lx.Name()) + ">")
		case xmlwire.Text:
			out.WriteString(lx.Text())
		default:
			return out.String(), lx.Err()
		}
	}
}

// stdTrace is trace by encoding/xml.
func stdTrace(src []byte) (string, error) {
	var out strings.Builder
	d := xml.NewDecoder(strings.NewReader(string(src)))
	depth := 0
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
			out.WriteString("<" + tok.Name.Local + ">")
		case xml.EndElement:
			depth--
			out.WriteString("</" + tok.Name.Local + ">")
		case xml.CharData:
			if depth > 0 {
				out.Write(tok)
			}
		}
	}
}

const stsAnswer = `<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>a/b+c=</SecretAccessKey></Credentials>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>
</AssumeRoleResponse>
`

// cases are documents by category. want is the trace of an accepted document; where reason is set
// the document is refused at offset, and std says whether encoding/xml accepts it all the same.
var cases = []struct {
	name, src, want string
	reason          xmlwire.Reason
	offset          int
	stdAccepts      bool
}{
	// structure
	{name: "one element", src: `<a></a>`, want: `<a></a>`},
	{name: "empty element", src: `<a/>`, want: `<a></a>`},
	{name: "empty element with space", src: `<a />`, want: `<a></a>`},
	{name: "nested", src: `<a><b>x</b><c/></a>`, want: `<a><b>x</b><c></c></a>`},
	{name: "same name nested", src: `<a><a><a/></a></a>`, want: `<a><a><a></a></a></a>`},
	{name: "white space around the root", src: " \r\n\t<a/>\n ", want: `<a></a>`},
	{name: "white space in tags", src: "<a\n\t\r ></a \n>", want: `<a></a>`},
	{name: "mixed content", src: `<a>x<b/>y</a>`, want: `<a>x<b></b>y</a>`},
	{name: "sts", src: `<r><Credentials>k</Credentials></r>`, want: `<r><Credentials>k</Credentials></r>`},
	{name: "empty", src: ``, reason: xmlwire.ErrTruncated, offset: 0, stdAccepts: true},
	{name: "white space only", src: "  \n", reason: xmlwire.ErrTruncated, offset: 3, stdAccepts: true},
	{name: "text only", src: `hello`, reason: xmlwire.ErrSyntax, offset: 0, stdAccepts: true},
	{name: "text before the root", src: `x<a/>`, reason: xmlwire.ErrSyntax, offset: 0, stdAccepts: true},
	{name: "text after the root", src: `<a/>x`, reason: xmlwire.ErrTrailing, offset: 4, stdAccepts: true},
	{name: "two roots", src: `<a/><b/>`, reason: xmlwire.ErrTrailing, offset: 4, stdAccepts: true},
	{name: "CDATA after the root", src: `<a/><![CDATA[x]]>`, reason: xmlwire.ErrTrailing, offset: 4, stdAccepts: true},
	{name: "CDATA before the root", src: `<![CDATA[x]]><a/>`, reason: xmlwire.ErrSyntax, offset: 0, stdAccepts: true},
	{name: "end tag first", src: `</a>`, reason: xmlwire.ErrMismatch, offset: 0},
	{name: "end tag after the root", src: `<a/></a>`, reason: xmlwire.ErrTrailing, offset: 4},
	{name: "mismatch", src: `<a></b>`, reason: xmlwire.ErrMismatch, offset: 3},
	{name: "crossed", src: `<a><b></a></b>`, reason: xmlwire.ErrMismatch, offset: 6},
	{name: "case differs", src: `<a></A>`, reason: xmlwire.ErrMismatch, offset: 3},
	{name: "prefix differs", src: `<x:a></y:a>`, reason: xmlwire.ErrMismatch, offset: 5},
	{name: "unclosed", src: `<a>`, reason: xmlwire.ErrTruncated, offset: 3},
	{name: "unclosed text", src: `<a>abc`, reason: xmlwire.ErrTruncated, offset: 6},
	{name: "open tag", src: `<a`, reason: xmlwire.ErrTruncated, offset: 2},
	{name: "lone bracket", src: `<`, reason: xmlwire.ErrTruncated, offset: 1},
	{name: "bracket and space", src: `< a/>`, reason: xmlwire.ErrSyntax, offset: 1},
	{name: "slash and space", src: `<a/ >`, reason: xmlwire.ErrSyntax, offset: 3},
	{name: "end tag with space first", src: `<a></ a>`, reason: xmlwire.ErrSyntax, offset: 5},
	{name: "end tag with attribute", src: `<a></a b="c">`, reason: xmlwire.ErrSyntax, offset: 7},
	{name: "end tag empty", src: `<a></>`, reason: xmlwire.ErrSyntax, offset: 5},
	{name: "end tag cut", src: `<a></a`, reason: xmlwire.ErrTruncated, offset: 6},
	{name: "NUL", src: "<a>\x00</a>", reason: xmlwire.ErrChar, offset: 3},

	// names
	{name: "prefix", src: `<s:a xmlns:s="u"><s:b/></s:a>`, want: `<a><b></b></a>`},
	{name: "prefix undeclared", src: `<s:a/>`, want: `<a></a>`},
	{name: "all kinds of bytes", src: `<_aZ.9-/>`, want: `<_aZ.9-></_aZ.9->`},
	{name: "digit first", src: `<1a/>`, reason: xmlwire.ErrSyntax, offset: 1},
	{name: "dash first", src: `<-a/>`, reason: xmlwire.ErrSyntax, offset: 1},
	{name: "colon first", src: `<:a/>`, reason: xmlwire.ErrSyntax, offset: 1, stdAccepts: true},
	{name: "colon last", src: `<a:/>`, reason: xmlwire.ErrSyntax, offset: 3, stdAccepts: true},
	{name: "two colons", src: `<a:b:c/>`, reason: xmlwire.ErrSyntax, offset: 4},
	{name: "digit after the colon", src: `<a:1/>`, reason: xmlwire.ErrSyntax, offset: 3, stdAccepts: true},
	{name: "not ASCII", src: `<é/>`, reason: xmlwire.ErrSyntax, offset: 1, stdAccepts: true},
	{name: "slash in a name", src: `<a/b>`, reason: xmlwire.ErrSyntax, offset: 3},

	// attributes
	{name: "attributes", src: `<a b="1" c='2'/>`, want: `<a></a>`},
	{name: "name space", src: `<a xmlns="https://sts.amazonaws.com/doc/2011-06-15/">x</a>`, want: `<a>x</a>`},
	{name: "spaces about the equals sign", src: `<a b = "1" />`, want: `<a></a>`},
	{name: "other quote and gt inside", src: `<a b="'>" c='"'/>`, want: `<a></a>`},
	{name: "references in a value", src: `<a b="&lt;&#65;&#x41;"/>`, want: `<a></a>`},
	{name: "line break in a value", src: "<a b=\"1\n2\"/>", want: `<a></a>`},
	{name: "lt in a value", src: `<a b="<"/>`, reason: xmlwire.ErrSyntax, offset: 6},
	{name: "entity in a value", src: `<a b="&x;"/>`, reason: xmlwire.ErrEntity, offset: 6},
	{name: "no value", src: `<a b/>`, reason: xmlwire.ErrSyntax, offset: 4},
	{name: "no quotes", src: `<a b=1/>`, reason: xmlwire.ErrSyntax, offset: 5},
	{name: "no name", src: `<a ="1"/>`, reason: xmlwire.ErrSyntax, offset: 3},
	{name: "no space between", src: `<a b="1"c="2"/>`, reason: xmlwire.ErrSyntax, offset: 8, stdAccepts: true},
	{name: "value cut", src: `<a b="1`, reason: xmlwire.ErrTruncated, offset: 7},
	{name: "attribute cut after the name", src: `<a b`, reason: xmlwire.ErrTruncated, offset: 4},
	{name: "attribute cut after the sign", src: `<a b=`, reason: xmlwire.ErrTruncated, offset: 5},
	{name: "reference in a value cut", src: `<a b="&am`, reason: xmlwire.ErrTruncated, offset: 9},

	{name: "repeated", src: `<a b="1" c="2" b="3"/>`, reason: xmlwire.ErrDuplicate, offset: 15, stdAccepts: true},
	{name: "repeated at once", src: `<a b="1" b="1"></a>`, reason: xmlwire.ErrDuplicate, offset: 9, stdAccepts: true},
	{name: "repeated with a prefix", src: `<a p:b="1" p:b="1"/>`, reason: xmlwire.ErrDuplicate, offset: 11, stdAccepts: true},
	{name: "repeated name space", src: `<a xmlns="u" xmlns="v"/>`, reason: xmlwire.ErrDuplicate, offset: 13, stdAccepts: true},
	{name: "repeated in an inner tag", src: `<a b="1"><c b="1" b="2"/></a>`, reason: xmlwire.ErrDuplicate, offset: 18, stdAccepts: true},
	{name: "same name in other tags", src: `<a b="1"><a b="1"/><a b="1"></a></a>`, want: `<a><a></a><a></a></a>`},
	{name: "same name with other prefixes", src: `<a b="1" p:b="1" q:b="1" B="1" bb="1"/>`, want: `<a></a>`},
	{name: "repeated and cut", src: `<a b="1" b=`, reason: xmlwire.ErrTruncated, offset: 11},

	// text
	{name: "five entities", src: `<a>&lt;&gt;&amp;&apos;&quot;</a>`, want: `<a><>&'"</a>`},
	{name: "decimal reference", src: `<a>&#65;&#233;&#128512;</a>`, want: `<a>Aé😀</a>`},
	{name: "hex reference", src: `<a>&#x41;&#xE9;&#x1f600;&#x10FFFF;</a>`, want: "<a>Aé😀\U0010FFFF</a>"},
	{name: "one digit", src: `<a>&#9;|&#xA;</a>`, want: "<a>\t|\n</a>"},
	{name: "leading zeros", src: `<a>&#0000000000000065;</a>`, want: `<a>A</a>`},
	{name: "reference to a return stays", src: `<a>x&#13;y</a>`, want: "<a>x\ry</a>"},
	{name: "ends of lines", src: "<a>1\r\n2\r3\n4\r\r\n5\r</a>", want: "<a>1\n2\n3\n4\n\n5\n</a>"},
	{name: "gt in text", src: `<a>1>0</a>`, want: `<a>1>0</a>`},
	{name: "brackets in text", src: `<a>]] ]> ]</a>`, want: `<a>]] ]> ]</a>`},
	{name: "UTF-8", src: `<a>日本 é 😀</a>`, want: `<a>日本 é 😀</a>`},
	{name: "end of CDATA in text", src: `<a>x]]>y</a>`, reason: xmlwire.ErrSyntax, offset: 4},
	{name: "unknown entity", src: `<a>&nbsp;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "entity in capitals", src: `<a>&LT;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "bare ampersand", src: `<a>a & b</a>`, reason: xmlwire.ErrEntity, offset: 5},
	{name: "empty entity", src: `<a>&;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "entity without semicolon", src: `<a>&lt</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "entity cut", src: `<a>&l`, reason: xmlwire.ErrTruncated, offset: 5},
	{name: "reference to NUL", src: `<a>&#0;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to ESC", src: `<a>&#27;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to a surrogate", src: `<a>&#xD800;</a>`, reason: xmlwire.ErrEntity, offset: 3, stdAccepts: true},
	{name: "reference to U+FFFE", src: `<a>&#xFFFE;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference beyond Unicode", src: `<a>&#x110000;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference that would wrap", src: `<a>&#x100000041;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference without digits", src: `<a>&#;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "hex reference without digits", src: `<a>&#x;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "capital X", src: `<a>&#X41;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "hex digit in decimal", src: `<a>&#4a;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "no hex digit", src: `<a>&#x4g;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "invalid UTF-8", src: "<a>\xff</a>", reason: xmlwire.ErrChar, offset: 3},
	{name: "overlong", src: "<a>\xC0\x80</a>", reason: xmlwire.ErrChar, offset: 3},
	{name: "encoded surrogate", src: "<a>\xED\xA0\x80</a>", reason: xmlwire.ErrChar, offset: 3},
	{name: "control", src: "<a>\x1b</a>", reason: xmlwire.ErrChar, offset: 3},
	{name: "U+FFFF", src: "<a>\uFFFF</a>", reason: xmlwire.ErrChar, offset: 3},

	// CDATA
	{name: "CDATA", src: `<a><![CDATA[<&amp;>]]></a>`, want: `<a><&amp;></a>`},
	{name: "CDATA empty", src: `<a><![CDATA[]]></a>`, want: `<a></a>`},
	{name: "CDATA with brackets", src: `<a><![CDATA[]]]]></a>`, want: `<a>]]</a>`},
	{name: "CDATA twice", src: `<a>x<![CDATA[y]]><![CDATA[z]]></a>`, want: `<a>xyz</a>`},
	{name: "CDATA line end", src: "<a><![CDATA[&\r\n]]></a>", want: "<a>&\n</a>"},
	{name: "CDATA cut", src: `<a><![CDATA[x]]`, reason: xmlwire.ErrTruncated, offset: 15},
	{name: "CDATA start cut", src: `<a><![CDA`, reason: xmlwire.ErrTruncated, offset: 9},
	{name: "CDATA misspelt", src: `<a><![cdata[x]]></a>`, reason: xmlwire.ErrSyntax, offset: 5},

	// comments
	{name: "comment", src: `<!-- c --><a><!--x-->y<!----></a><!-- d -->`, want: `<a>y</a>`},
	{name: "comment with tags", src: `<a><!-- <b> & ]]> --></a>`, want: `<a></a>`},
	{name: "two dashes", src: `<a><!-- -- --></a>`, reason: xmlwire.ErrSyntax, offset: 10},
	{name: "three dashes at the end", src: `<a><!-- ---></a>`, reason: xmlwire.ErrSyntax, offset: 10},
	{name: "comment cut", src: `<a><!-- x`, reason: xmlwire.ErrTruncated, offset: 9},
	{name: "comment cut in its end", src: `<a><!-- x--`, reason: xmlwire.ErrTruncated, offset: 11},
	{name: "comment start cut", src: `<a><!-`, reason: xmlwire.ErrTruncated, offset: 6},
	{name: "one dash", src: `<a><!- x --></a>`, reason: xmlwire.ErrSyntax, offset: 5},

	// declaration
	{name: "declaration", src: `<?xml version="1.0"?><a/>`, want: `<a></a>`},
	{name: "declaration in full", src: "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<a/>", want: `<a></a>`},
	{name: "declaration, standalone only", src: `<?xml version="1.0" standalone="no"?><a/>`, want: `<a></a>`},
	{name: "byte order mark", src: "\uFEFF<?xml version=\"1.0\"?><a/>", want: `<a></a>`},
	{name: "version 1.1", src: `<?xml version="1.1"?><a/>`, reason: xmlwire.ErrEncoding, offset: 6},
	{name: "no version", src: `<?xml encoding="UTF-8"?><a/>`, reason: xmlwire.ErrEncoding, offset: 6, stdAccepts: true},
	{name: "nothing declared", src: `<?xml ?><a/>`, reason: xmlwire.ErrEncoding, offset: 6, stdAccepts: true},
	{name: "another encoding", src: `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, reason: xmlwire.ErrEncoding, offset: 20},
	{name: "UTF-7", src: `<?xml version="1.0" encoding="UTF-7"?><a/>`, reason: xmlwire.ErrEncoding, offset: 20},
	{name: "order", src: `<?xml version="1.0" standalone="no" encoding="UTF-8"?><a/>`, reason: xmlwire.ErrEncoding, offset: 36, stdAccepts: true},
	{name: "standalone twice", src: `<?xml version="1.0" standalone="no" standalone="yes"?><a/>`, reason: xmlwire.ErrEncoding, offset: 36, stdAccepts: true},
	{name: "standalone twice, after encoding", src: `<?xml version="1.0" encoding="utf-8" standalone="no" standalone="no"?><a/>`, reason: xmlwire.ErrEncoding, offset: 53, stdAccepts: true},
	{name: "encoding twice", src: `<?xml version="1.0" encoding="utf-8" encoding="utf-8"?><a/>`, reason: xmlwire.ErrEncoding, offset: 37, stdAccepts: true},
	{name: "standalone maybe", src: `<?xml version="1.0" standalone="maybe"?><a/>`, reason: xmlwire.ErrEncoding, offset: 20, stdAccepts: true},
	{name: "twice the version", src: `<?xml version="1.0" version="1.0"?><a/>`, reason: xmlwire.ErrEncoding, offset: 20, stdAccepts: true},
	{name: "declaration cut", src: `<?xml version="1.0"?`, reason: xmlwire.ErrTruncated, offset: 20},
	{name: "declaration with a lone question mark", src: `<?xml version="1.0"? ><a/>`, reason: xmlwire.ErrSyntax, offset: 20},
	{name: "declaration not first", src: ` <?xml version="1.0"?><a/>`, reason: xmlwire.ErrInstruction, offset: 1, stdAccepts: true},
	{name: "declaration inside", src: `<a><?xml version="1.0"?></a>`, reason: xmlwire.ErrInstruction, offset: 3, stdAccepts: true},
	{name: "instruction first", src: `<?xml-stylesheet href="x"?><a/>`, reason: xmlwire.ErrInstruction, offset: 0, stdAccepts: true},
	{name: "instruction", src: `<a><?php evil(); ?></a>`, reason: xmlwire.ErrInstruction, offset: 3, stdAccepts: true},
	{name: "instruction after", src: `<a/><?x?>`, reason: xmlwire.ErrInstruction, offset: 4, stdAccepts: true},

	// document types
	{name: "doctype", src: `<!DOCTYPE a><a/>`, reason: xmlwire.ErrDoctype, offset: 0, stdAccepts: true},
	{name: "doctype in lower case", src: `<!doctype html><html></html>`, reason: xmlwire.ErrDoctype, offset: 0, stdAccepts: true},
	{name: "doctype with entity", src: `<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, reason: xmlwire.ErrDoctype, offset: 0},
	{name: "external entity", src: `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`, reason: xmlwire.ErrDoctype, offset: 0, stdAccepts: true},
	{name: "entity declaration inside", src: `<a><!ENTITY x "y"></a>`, reason: xmlwire.ErrDoctype, offset: 3, stdAccepts: true},
	{name: "cut bang", src: `<!`, reason: xmlwire.ErrTruncated, offset: 2},

	// bytes next to those that are allowed
	{name: "line feed in markup", src: "<a\nb\n=\n\"1\"\nc=\"2\"\n><d\n/></a\n>", want: `<a><d></d></a>`},
	{name: "line feed around the root", src: "\n<a/>\n<!--x-->\n", want: `<a></a>`},
	{name: "line feed in the declaration", src: "<?xml\nversion=\"1.0\"\nencoding=\"UTF-8\"\n?>\n<a/>", want: `<a></a>`},
	{name: "return in markup", src: "<a\rb\r=\r\"1\"\rc=\"2\"\r><d\r/></a\r>", want: `<a><d></d></a>`},
	{name: "return around the root", src: "\r<a/>\r<!--x-->\r", want: `<a></a>`},
	{name: "return in the declaration", src: "<?xml\rversion=\"1.0\"\rencoding=\"UTF-8\"\r?>\r<a/>", want: `<a></a>`},
	{name: "tab in markup", src: "<a\tb\t=\t\"1\"\tc=\"2\"\t><d\t/></a\t>", want: `<a><d></d></a>`},
	{name: "tab around the root", src: "\t<a/>\t<!--x-->\t", want: `<a></a>`},
	{name: "tab in the declaration", src: "<?xml\tversion=\"1.0\"\tencoding=\"UTF-8\"\t?>\t<a/>", want: `<a></a>`},
	{name: "space in markup", src: `<a b = "1" c="2" ><d /></a >`, want: `<a><d></d></a>`},
	{name: "space around the root", src: ` <a/> <!--x--> `, want: `<a></a>`},
	{name: "space in the declaration", src: `<?xml version="1.0" encoding="UTF-8" ?> <a/>`, want: `<a></a>`},
	{name: "no-break space is not white space", src: "<a\u00a0b=\"1\"/>", reason: xmlwire.ErrSyntax, offset: 2},
	{name: "at sign in a name", src: `<a@/>`, reason: xmlwire.ErrSyntax, offset: 2},
	{name: "at sign in an entity", src: `<a>&l@t;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "at sign in an entity that is cut", src: `<a>&l@`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "bracket in a name", src: `<a[/>`, reason: xmlwire.ErrSyntax, offset: 2},
	{name: "bracket in an entity", src: `<a>&l[t;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "bracket in an entity that is cut", src: `<a>&l[`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "backquote in a name", src: "<a`/>", reason: xmlwire.ErrSyntax, offset: 2},
	{name: "backquote in an entity", src: "<a>&l`t;</a>", reason: xmlwire.ErrEntity, offset: 3},
	{name: "backquote in an entity that is cut", src: "<a>&l`", reason: xmlwire.ErrEntity, offset: 3},
	{name: "brace in a name", src: `<a{/>`, reason: xmlwire.ErrSyntax, offset: 2},
	{name: "brace in an entity", src: `<a>&l{t;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "brace in an entity that is cut", src: `<a>&l{`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "exclamation mark in a name", src: `<a!/>`, reason: xmlwire.ErrSyntax, offset: 2},
	{name: "exclamation mark in an entity", src: `<a>&l!t;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "exclamation mark in an entity that is cut", src: `<a>&l!`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "comma in a name", src: `<a,/>`, reason: xmlwire.ErrSyntax, offset: 2},
	{name: "comma in an entity", src: `<a>&l,t;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "comma in an entity that is cut", src: `<a>&l,`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "name of letter a", src: `<aa.-09/>`, want: `<aa.-09></aa.-09>`},
	{name: "name of letter z", src: `<zz.-09/>`, want: `<zz.-09></zz.-09>`},
	{name: "name of letter A", src: `<AA.-09/>`, want: `<AA.-09></AA.-09>`},
	{name: "name of letter Z", src: `<ZZ.-09/>`, want: `<ZZ.-09></ZZ.-09>`},
	{name: "name of underscore", src: `<__.-09/>`, want: `<__.-09></__.-09>`},
	{name: "0 first", src: `<0a/>`, reason: xmlwire.ErrSyntax, offset: 1},
	{name: "9 first", src: `<9a/>`, reason: xmlwire.ErrSyntax, offset: 1},
	{name: ". first", src: `<.a/>`, reason: xmlwire.ErrSyntax, offset: 1},
	{name: "entity of letters cut", src: `<a>&azAZ09#`, reason: xmlwire.ErrTruncated, offset: 11},
	{name: "entity in an attribute cut", src: `<a b="&az`, reason: xmlwire.ErrTruncated, offset: 9},
	{name: "unknown entity of one letter", src: `<a>&l;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "letters instead of a reference", src: `<a>&x41;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "two hashes", src: `<a>&##65;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "hash in a reference", src: `<a>&#6#5;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "hex digits", src: `<a>&#x09;&#xaF;&#xFa;&#x39;</a>`, want: "<a>\t¯ú9</a>"},
	{name: "hex digit g", src: `<a>&#xg;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "hex digit G", src: `<a>&#xG;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "decimal digits", src: `<a>&#9;&#48;&#1234567890;</a>`, reason: xmlwire.ErrEntity, offset: 12},
	{name: "largest decimal reference", src: `<a>&#1114111;</a>`, want: "<a>\U0010FFFF</a>"},
	{name: "decimal reference beyond Unicode", src: `<a>&#1114112;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to U+0009", src: `<a>&#x9;</a>`, want: "<a>\t</a>"},
	{name: "reference to U+000A", src: `<a>&#xA;</a>`, want: "<a>\n</a>"},
	{name: "reference to U+000D", src: `<a>&#xD;</a>`, want: "<a>\r</a>"},
	{name: "reference to U+0020", src: `<a>&#x20;</a>`, want: `<a> </a>`},
	{name: "reference to U+D7FF", src: `<a>&#xD7FF;</a>`, want: "<a>\uD7FF</a>"},
	{name: "reference to U+E000", src: `<a>&#xE000;</a>`, want: "<a>\uE000</a>"},
	{name: "reference to U+FFFD", src: `<a>&#xFFFD;</a>`, want: "<a>\uFFFD</a>"},
	{name: "reference to U+10000", src: `<a>&#x10000;</a>`, want: "<a>\U00010000</a>"},
	{name: "reference to U+0008", src: `<a>&#x8;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to U+000B", src: `<a>&#xB;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to U+000C", src: `<a>&#xC;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to U+000E", src: `<a>&#xE;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to U+001F", src: `<a>&#x1F;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to U+DBFF", src: `<a>&#xDBFF;</a>`, reason: xmlwire.ErrEntity, offset: 3, stdAccepts: true},
	{name: "reference to U+DFFF", src: `<a>&#xDFFF;</a>`, reason: xmlwire.ErrEntity, offset: 3, stdAccepts: true},
	{name: "reference to U+FFFF", src: `<a>&#xFFFF;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "reference to U+110000", src: `<a>&#x110000;</a>`, reason: xmlwire.ErrEntity, offset: 3},
	{name: "DEL and C1", src: "<a>\x7f\u0080\u009f</a>", want: "<a>\x7f\u0080\u009f</a>"},
	{name: "first byte", src: "\xff<a/>", reason: xmlwire.ErrChar, offset: 0},
	{name: "control first", src: "\x00<a/>", reason: xmlwire.ErrChar, offset: 0},
	{name: "unit separator", src: "<a>\x1f</a>", reason: xmlwire.ErrChar, offset: 3},
	{name: "cut in a character", src: "<a>\xe2\x82", reason: xmlwire.ErrChar, offset: 3},
	{name: "replacement character", src: "<a>\uFFFD</a>", want: "<a>\uFFFD</a>"},

	// where markup ends and the input does
	{name: "comment last", src: `<a/><!--x-->`, want: `<a></a>`},
	{name: "empty comment last", src: `<a/><!---->`, want: `<a></a>`},
	{name: "comment last and white space", src: "<a/><!-- x -->\n<!-- y -->\n", want: `<a></a>`},
	{name: "comment first", src: `<!---->` + `<a/>`, want: `<a></a>`},
	{name: "comment only", src: `<!-- x -->`, reason: xmlwire.ErrTruncated, offset: 10, stdAccepts: true},
	{name: "comment start last", src: `<a/><!--`, reason: xmlwire.ErrTruncated, offset: 8},
	{name: "comment start and one dash last", src: `<a/><!---`, reason: xmlwire.ErrTruncated, offset: 9},
	{name: "comment start and two dashes last", src: `<a/><!----`, reason: xmlwire.ErrTruncated, offset: 10},
	{name: "comment of one dash", src: `<a><!-----></a>`, reason: xmlwire.ErrSyntax, offset: 9},
	{name: "comment that begins with a bracket", src: `<a><!-->--></a>`, want: `<a></a>`},
	{name: "comment without an end", src: `<a><!--></a>`, reason: xmlwire.ErrTruncated, offset: 12},
	{name: "comment without hyphens at its end", src: `<a><!-- x -></a>`, reason: xmlwire.ErrTruncated, offset: 16},
	{name: "text after a comment after the root", src: `<a/><!--x-->y`, reason: xmlwire.ErrTrailing, offset: 12, stdAccepts: true},
	{name: "CDATA last", src: `<a><![CDATA[x]]>`, reason: xmlwire.ErrTruncated, offset: 16},
	{name: "CDATA start last", src: `<a><![CDATA[`, reason: xmlwire.ErrTruncated, offset: 12},
	{name: "CDATA of brackets", src: `<a><![CDATA[]]]]]></a>`, want: `<a>]]]</a>`},
	{name: "CDATA with a return", src: "<a><![CDATA[\r]]>&lt;</a>", want: "<a>\n<</a>"},
	{name: "reference after CDATA", src: `<a><![CDATA[&lt;]]>&lt;</a>`, want: `<a>&lt;<</a>`},
	{name: "CDATA after a return", src: "<a>\r<![CDATA[&amp;]]></a>", want: "<a>\n&amp;</a>"},
	{name: "bracket last", src: `<a>]]`, reason: xmlwire.ErrTruncated, offset: 5},
	{name: "slash last", src: `<a/`, reason: xmlwire.ErrTruncated, offset: 3},
	{name: "end tag start last", src: `<a></`, reason: xmlwire.ErrTruncated, offset: 5},
	{name: "end tag and white space last", src: `<a></a `, reason: xmlwire.ErrTruncated, offset: 7},
	{name: "white space in a tag last", src: `<a `, reason: xmlwire.ErrTruncated, offset: 3},
	{name: "white space before the sign last", src: `<a b `, reason: xmlwire.ErrTruncated, offset: 5},
	{name: "white space after the sign last", src: `<a b= `, reason: xmlwire.ErrTruncated, offset: 6},
	{name: "quote last", src: `<a b="`, reason: xmlwire.ErrTruncated, offset: 6},
	{name: "value last", src: `<a b=""`, reason: xmlwire.ErrTruncated, offset: 7},
	{name: "other quote", src: `<a b="1'/>`, reason: xmlwire.ErrTruncated, offset: 10},
	{name: "cut declaration, question mark", src: `<?`, reason: xmlwire.ErrTruncated, offset: 2},
	{name: "cut declaration, x", src: `<?x`, reason: xmlwire.ErrTruncated, offset: 3},
	{name: "cut declaration, xm", src: `<?xm`, reason: xmlwire.ErrTruncated, offset: 4},
	{name: "cut declaration, xml", src: `<?xml`, reason: xmlwire.ErrTruncated, offset: 5},
	{name: "cut declaration after a mark", src: "\uFEFF<?xm", reason: xmlwire.ErrTruncated, offset: 7},
	{name: "cut declaration and white space", src: `<?xml `, reason: xmlwire.ErrTruncated, offset: 6},
	{name: "cut declaration, version", src: `<?xml version="1.0"`, reason: xmlwire.ErrTruncated, offset: 19},
	{name: "declaration only", src: `<?xml version="1.0"?>`, reason: xmlwire.ErrTruncated, offset: 21, stdAccepts: true},
	{name: "two declarations", src: `<?xml version="1.0"?><?xml version="1.0"?><a/>`, reason: xmlwire.ErrInstruction, offset: 21, stdAccepts: true},
	{name: "another instruction first", src: `<?y?><a/>`, reason: xmlwire.ErrInstruction, offset: 0, stdAccepts: true},
	{name: "two marks", src: "\uFEFF\uFEFF<a/>", reason: xmlwire.ErrSyntax, offset: 3, stdAccepts: true},
	{name: "encoding in mixed case", src: `<?xml version="1.0" encoding="uTf-8"?><a/>`, want: `<a></a>`},
	{name: "encoding too long", src: `<?xml version="1.0" encoding="utf-88"?><a/>`, reason: xmlwire.ErrEncoding, offset: 20},
	{name: "encoding empty", src: `<?xml version="1.0" encoding=""?><a/>`, reason: xmlwire.ErrEncoding, offset: 20, stdAccepts: true},
	{name: "no space in the declaration", src: `<?xml version="1.0"encoding="utf-8"?><a/>`, reason: xmlwire.ErrSyntax, offset: 19, stdAccepts: true},
	{name: "unknown part", src: `<?xml version="1.0" x="y"?><a/>`, reason: xmlwire.ErrEncoding, offset: 20, stdAccepts: true},
	{name: "part after standalone", src: `<?xml version="1.0" standalone="no" x="y"?><a/>`, reason: xmlwire.ErrEncoding, offset: 36, stdAccepts: true},
	{name: "encoding, standalone yes", src: `<?xml version="1.0" encoding="utf-8" standalone="yes"?><a/>`, want: `<a></a>`},
	{name: "cut bang and dash", src: `<a/><!-`, reason: xmlwire.ErrTruncated, offset: 7},
	{name: "cut bang and bracket", src: `<a><![`, reason: xmlwire.ErrTruncated, offset: 6},
	{name: "cut before the last bracket", src: `<a><![CDATA`, reason: xmlwire.ErrTruncated, offset: 11},
	{name: "bang and letter", src: `<a><!x`, reason: xmlwire.ErrDoctype, offset: 3},
}

func TestCases(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := trace([]byte(c.src))
			std, stdErr := stdTrace([]byte(c.src))
			if c.reason == 0 {
				if err != nil || got != c.want {
					t.Errorf("got %q, %v\nwant %q", got, err, c.want)
				}
				if !strings.HasPrefix(c.src, "\uFEFF") && (stdErr != nil || std != got) {
					t.Errorf("encoding/xml gives %q, %v", std, stdErr)
				}
				return
			}
			e, ok := err.(*xmlwire.Error)
			if !ok || e.Reason != c.reason || e.Offset != c.offset {
				t.Errorf("%v, want %v at %d", err, c.reason, c.offset)
			}
			checkFault(t, []byte(c.src))
			if (stdErr == nil) != c.stdAccepts {
				t.Errorf("encoding/xml: %v", stdErr)
			}
		})
	}
}

// checkFault: Next reports a fault at once and again, and no token is left after it.
func checkFault(t *testing.T, src []byte) {
	t.Helper()
	lx := xmlwire.New(src)
	for range len(src) + 2 {
		if k := lx.Next(); k != lx.Kind() || (k == xmlwire.Invalid) != (lx.Err() != nil) {
			t.Fatalf("Next returns %v, the kind is %v, the error %v", k, lx.Kind(), lx.Err())
		}
	}
	if len(lx.Raw()) != 0 || len(lx.Name()) != 0 || lx.Offset() != 0 || lx.Text() != "" || lx.Content() != "" || len(lx.AppendContent(nil)) != 0 || lx.Child() {
		t.Error("a token is left")
	}
}

func TestChildren(t *testing.T) {
	lx := xmlwire.New([]byte(stsAnswer))
	if lx.Kind() != xmlwire.Invalid || lx.Depth() != 0 {
		t.Errorf("before the first token: %v, depth %d", lx.Kind(), lx.Depth())
	}
	if lx.Next() != xmlwire.Start || !lx.NameIs("AssumeRoleResponse") || lx.Depth() != 1 {
		t.Fatal("root")
	}
	got := map[string]string{}
	for lx.Child() {
		switch {
		case lx.NameIs("AssumeRoleResult"):
			for lx.Child() {
				if !lx.NameIs("Credentials") {
					t.Fatalf("unexpected %s", lx.Name())
				}
				for lx.Child() {
					name := string(lx.Name())
					got[name] = lx.Content()
				}
			}
		default:
			lx.Skip()
		}
	}
	if err := lx.Finish(); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got["AccessKeyId"] != "ASIAEXAMPLE" || got["SecretAccessKey"] != "a/b+c=" {
		t.Errorf("%v", got)
	}
	if lx.Child() || lx.Next() != xmlwire.End || lx.Kind() != xmlwire.End {
		t.Error("after the end")
	}
}

func TestContent(t *testing.T) {
	rows := []struct{ name, src, want string }{
		{"plain", `<a>text</a>`, "text"},
		{"empty", `<a></a>`, ""},
		{"empty-element tag", `<a/>`, ""},
		{"resolved", `<a>&lt;x&gt;</a>`, "<x>"},
		{"around a child", `<a>x<b>no</b>y</a>`, "xy"},
		{"child first", `<a><b><c>no</c></b>y</a>`, "y"},
		{"around a comment", `<a>x<!-- no -->y</a>`, "xy"},
		{"comment last", `<a>x<!-- no --></a>`, "x"},
		{"with CDATA", `<a>x<![CDATA[&]]>y&amp;</a>`, "x&y&"},
		{"white space is kept", "<a> x\n</a>", " x\n"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			lx := xmlwire.New([]byte("<r>" + row.src + "<z/></r>"))
			lx.Next()
			lx.Next()
			copied := lx
			if got := lx.Content(); got != row.want {
				t.Errorf("Content = %q, want %q", got, row.want)
			}
			if got := copied.AppendContent([]byte("> ")); string(got) != "> "+row.want {
				t.Errorf("AppendContent = %q", got)
			}
			if !lx.Child() || !lx.NameIs("z") {
				t.Errorf("the next child is %q", lx.Name())
			}
			if got := copied.Finish(); got != nil {
				t.Error(got)
			}
		})
	}
	t.Run("of no element", func(t *testing.T) {
		var lx xmlwire.Lexer
		lx.Skip()
		if lx.Content() != "" || lx.AppendContent(nil) != nil || lx.Kind() != xmlwire.Invalid {
			t.Error("zero Lexer has content")
		}
	})
	t.Run("fault inside", func(t *testing.T) {
		for _, src := range []string{`<a>x<b></c></a>`, `<a>x`, `<a><b>`, `<a>x</b>`} {
			lx := xmlwire.New([]byte(src))
			lx.Next()
			lx.Content()
			if lx.Finish() == nil || lx.Content() != "" || lx.Child() {
				t.Errorf("%s: no error", src)
			}
		}
	})
}

// TestContentOfOtherTokens: after a token that is not a Start, Content, AppendContent and Skip consume nothing.
func TestContentOfOtherTokens(t *testing.T) {
	lx := xmlwire.New([]byte(`<a>x<b/>y</a>`))
	for {
		k := lx.Next()
		if k != xmlwire.Start {
			offset := lx.Offset()
			lx.Skip()
			if got := string(lx.AppendContent([]byte("dst"))) + lx.Content(); got != "dst" || lx.Kind() != k || lx.Offset() != offset {
				t.Errorf("after %v: %q, then %v at %d", k, got, lx.Kind(), lx.Offset())
			}
		}
		if k == xmlwire.End || k == xmlwire.Invalid {
			break
		}
	}
	if err := lx.Err(); err != nil {
		t.Error(err)
	}
}

func TestTokensOfOneElement(t *testing.T) {
	lx := xmlwire.New([]byte(`<s:Error a="b">x</s:Error>`))
	lx.Next()
	if string(lx.Raw()) != "s:Error" || string(lx.Name()) != "Error" || lx.Offset() != 1 || cap(lx.Raw()) != 7 {
		t.Errorf("%q %q %d", lx.Raw(), lx.Name(), lx.Offset())
	}
	lx.Next()
	if lx.Kind() != xmlwire.Text || string(lx.Raw()) != "x" || lx.Depth() != 1 {
		t.Errorf("%v %q", lx.Kind(), lx.Raw())
	}
	if lx.Next() != xmlwire.EndTag || lx.Depth() != 0 || !lx.NameIs("Error") {
		t.Errorf("%v", lx.Kind())
	}
}

func TestOnceAndFail(t *testing.T) {
	decode := func(src string) error {
		lx := xmlwire.New([]byte(src))
		var seen uint64
		lx.Next()
		for lx.Child() {
			if !lx.NameIs("Code") || lx.Once(&seen, 63) {
				lx.Skip()
			}
		}
		return lx.Finish()
	}
	if err := decode(`<Error><Code/><x/><x/></Error>`); err != nil {
		t.Error(err)
	}
	var e *xmlwire.Error
	if err := decode(`<Error><Code/><Code/></Error>`); !errors.As(err, &e) || e.Reason != xmlwire.ErrDuplicate || e.Offset != 15 {
		t.Errorf("%v", err)
	}
	lx := xmlwire.New([]byte(`<a><b/></a>`))
	lx.Next()
	lx.Next()
	lx.Fail(0)
	if lx.Err() != nil {
		t.Error("Fail(0)")
	}
	lx.Fail(xmlwire.ErrKind)
	lx.Fail(xmlwire.ErrSyntax)
	if err := lx.Finish(); err.Error() != "xml: unexpected element or text at byte 4" || !errors.Is(err, xmlwire.ErrKind) {
		t.Error(err)
	}
	if lx.Next() != xmlwire.Invalid || lx.Child() || len(lx.Raw()) != 0 {
		t.Error("goes on after a failure")
	}
}

func TestTruncationAtEveryByte(t *testing.T) {
	src := `<?xml version="1.0"?><!-- c --><s:a x='&lt;'><b>t&amp;u</b><c/><![CDATA[x]]>é</s:a>`
	for cut := range len(src) {
		_, err := trace([]byte(src[:cut]))
		var e *xmlwire.Error
		if !errors.As(err, &e) || e.Reason != xmlwire.ErrTruncated && e.Reason != xmlwire.ErrChar {
			t.Errorf("cut at %d, %q: %v", cut, src[:cut], err)
		}
	}
}

func TestAgreesWithEncodingXMLOnMutants(t *testing.T) {
	accepted := 0
	for _, c := range cases {
		for i := range len(c.src) {
			for _, b := range []byte("<>/&;!-[]\"'= a1:?\r\x00\xff") {
				mutant := []byte(c.src)
				mutant[i] = b
				accepted += compare(t, mutant)
			}
			accepted += compare(t, []byte(c.src[:i]+c.src[i+1:]))
		}
	}
	if accepted < 1000 {
		t.Errorf("only %d mutants were accepted: the comparison is idle", accepted)
	}
}

// compare checks that what is accepted reads as encoding/xml reads it, and reports 1 if it was.
func compare(t *testing.T, src []byte) int {
	t.Helper()
	got, err := trace(src)
	if err != nil {
		return 0
	}
	std, stdErr := stdTrace(src)
	if stdErr != nil || std != got {
		t.Fatalf("%q: %q, but encoding/xml gives %q, %v", src, got, std, stdErr)
	}
	return 1
}

func TestDepth(t *testing.T) {
	nest := func(n int) []byte { return []byte(strings.Repeat("<a>", n) + strings.Repeat("</a>", n)) }
	if _, err := trace(nest(xmlwire.MaxDepth)); err != nil {
		t.Error(err)
	}
	var e *xmlwire.Error
	if _, err := trace(nest(xmlwire.MaxDepth + 1)); !errors.As(err, &e) || e.Reason != xmlwire.ErrDepth || e.Offset != 96 {
		t.Error(err)
	}
	fit := []byte("<a>" + strings.Repeat(" ", xmlwire.MaxInput-7) + "</a>")
	if _, err := trace(fit); err != nil || len(fit) != xmlwire.MaxInput {
		t.Errorf("%d bytes: %v", len(fit), err)
	}
	if _, err := trace(append(fit, ' ')); !errors.Is(err, xmlwire.ErrTooLarge) {
		t.Error(err)
	}
}

// TestHostile pins what the worst documents may cost.
// attributes returns n attributes with different names.
func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

func TestMaxAttributes(t *testing.T) {
	most := []byte("<a" + attributes(xmlwire.MaxAttributes) + "/>")
	lx := xmlwire.New(most)
	if err := lx.Finish(); err != nil {
		t.Errorf("%d attributes: %v", xmlwire.MaxAttributes, err)
	}
	more := "<a" + attributes(xmlwire.MaxAttributes)
	lx = xmlwire.New([]byte(more + " z=''/>"))
	err := lx.Finish()
	if e, ok := err.(*xmlwire.Error); !ok || e.Reason != xmlwire.ErrAttributes || e.Offset != len(more)+1 {
		t.Errorf("one more: %v, want %v at %d", err, xmlwire.ErrAttributes, len(more)+1)
	}
	if !strings.Contains(xmlwire.ErrAttributes.Error(), fmt.Sprint(xmlwire.MaxAttributes)) {
		t.Errorf("%q does not name the limit", xmlwire.ErrAttributes.Error())
	}
}

func TestHostile(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">`)
	for i := 1; i < 10; i++ {
		laughs.WriteString("<!ENTITY lol" + string(rune('0'+i)) + ` "` + strings.Repeat("&lol;", 10) + `">`)
	}
	laughs.WriteString(`]><lolz>&lol9;</lolz>`)
	rows := []struct {
		name, src string
		reason    xmlwire.Reason
	}{
		{"billion laughs", laughs.String(), xmlwire.ErrDoctype},
		{"quadratic blow-up", `<!DOCTYPE a [<!ENTITY x "` + strings.Repeat("x", 30_000) + `">]><a>` + strings.Repeat("&x;", 10_000) + `</a>`, xmlwire.ErrDoctype},
		{"quadratic blow-up without a document type", `<a>` + strings.Repeat("&x;", 20_000) + `</a>`, xmlwire.ErrEntity},
		{"depth 100,000", strings.Repeat("<a>", 100_000), xmlwire.ErrTooLarge},
		{"depth 21,000", strings.Repeat("<a>", 21_000), xmlwire.ErrDepth},
		{"long name", "<" + strings.Repeat("a", 9_000), xmlwire.ErrTruncated},
		{"many attributes", "<a" + attributes(6_000), xmlwire.ErrAttributes},
		{"many attributes in many tags", "<a>" + strings.Repeat("<a"+attributes(xmlwire.MaxAttributes)+"/>", 400), xmlwire.ErrTruncated},
		{"many comments", "<a>" + strings.Repeat("<!---->", 2_000), xmlwire.ErrTruncated},
		{"comments without an end", strings.Repeat("<!--", 2_000), xmlwire.ErrSyntax},
		{"pieces of text", "<a>" + strings.Repeat("x<!---->", 1_000), xmlwire.ErrTruncated},
		{"long reference", "<a>&#" + strings.Repeat("0", 9_000), xmlwire.ErrTruncated},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			src := []byte(row.src)
			best := time.Hour
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			limit := time.Millisecond
			if underRace {
				limit *= 20
			}
			// The fastest run counts: on a busy machine it takes many runs until one is not interrupted.
			runs := uint64(0)
			for runs < 5 || best > limit && runs < 1000 {
				runs++
				start := time.Now()
				lx := xmlwire.New(src)
				lx.Next()
				lx.Content()
				err := lx.Finish()
				best = min(best, time.Since(start))
				if !errors.Is(err, row.reason) {
					t.Fatalf("%v, want %v", err, row.reason)
				}
			}
			runtime.ReadMemStats(&after)
			if best > limit {
				t.Errorf("took %v", best)
			}
			if bytes := (after.TotalAlloc - before.TotalAlloc) / runs; bytes > 128<<10 {
				t.Errorf("allocated %d bytes", bytes)
			}
		})
	}
}

func TestAllocations(t *testing.T) {
	src := []byte(stsAnswer)
	dst := make([]byte, 0, 64)
	n := testing.AllocsPerRun(100, func() {
		lx := xmlwire.New(src)
		for lx.Next() != xmlwire.End {
			if lx.Kind() == xmlwire.Text {
				dst = lx.AppendText(dst[:0])
			}
			if lx.NameIs("nothing") || lx.Kind() == xmlwire.Invalid {
				t.Fatal("refused")
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for tokens", n)
	}
	n = testing.AllocsPerRun(100, func() {
		lx := xmlwire.New([]byte(`<a>text</a>`))
		lx.Next()
		if lx.Content() != "text" {
			t.Fatal("content")
		}
	})
	if n > 1 {
		t.Errorf("%v allocations for one content", n)
	}
}

func TestErrorTexts(t *testing.T) {
	texts := []string{"no error", "unexpected byte", "unexpected end of input", "content after the root element", "nested deeper than 32",
		"input longer than 65,536 bytes", "invalid character or UTF-8", "not XML 1.0 in UTF-8", "document type", "processing instruction",
		"unknown entity or invalid character reference", "end tag does not match", "duplicate element or attribute",
		"unexpected element or text", "more than 16 attributes in a tag", "unknown reason 15", "unknown reason 16"}
	for r := xmlwire.Reason(0); int(r) < len(texts); r++ {
		e := &xmlwire.Error{Offset: 7, Reason: r}
		if want := "xml: " + texts[r] + " at byte 7"; e.Error() != want || !errors.Is(e, r) || errors.Is(e, r+1) {
			t.Errorf("reason %d: %v, want %s", r, e, want)
		}
	}
	if xmlwire.ErrAttributes != 14 {
		t.Error("a reason is not in this table")
	}
	kinds := []string{"invalid", "start tag", "end tag", "text", "end", "unknown", "unknown"}
	for k, want := range kinds {
		if got := xmlwire.Kind(k).String(); got != want {
			t.Errorf("kind %d: %q, want %q", k, got, want)
		}
	}
	_, err := trace([]byte(`<SecretAccessKey>wJalr&x;</SecretAccessKey>`))
	if strings.Contains(err.Error(), "wJalr") {
		t.Errorf("the error quotes the input: %v", err)
	}
}

func TestAppendEscaped(t *testing.T) {
	in := "a<b>&\"'\r\n\t\x00\x1b\uFFFEé😀\xff]]>"
	got := xmlwire.AppendEscaped([]byte("> "), in)
	want := "> a&lt;b&gt;&amp;&quot;'&#13;\n\t\uFFFD\uFFFD\uFFFDé😀\uFFFD]]&gt;"
	if string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	doc := append(append([]byte("<a>"), got...), "</a>"...)
	lx := xmlwire.New(doc)
	lx.Next()
	if text := lx.Content(); text != "> a<b>&\"'\r\n\t\uFFFD\uFFFD\uFFFDé😀\uFFFD]]>" || lx.Finish() != nil {
		t.Errorf("read back as %q", text)
	}
}

func TestValidName(t *testing.T) {
	for _, c := range cases {
		// What the lexer takes for a name without a prefix, and nothing else.
		for _, name := range []string{c.src, c.name} {
			lx := xmlwire.New([]byte("<" + name + "/>"))
			accepted := lx.Next() == xmlwire.Start && string(lx.Raw()) == name && !strings.Contains(name, ":")
			if xmlwire.ValidName(name) != accepted {
				t.Errorf("%q: %v", name, !accepted)
			}
		}
	}
	for name, want := range map[string]bool{"": false, "a": true, "_": true, "aZ_0.9-": true, "0": false, "-": false, "a b": false,
		"a:b": false, "é": false, "a>": false, "a/": false, "a\x00": false} {
		if xmlwire.ValidName(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestOnceReports(t *testing.T) {
	lx := xmlwire.New([]byte(`<a><b/></a>`))
	lx.Next()
	lx.Next()
	var seen uint64
	if !lx.Once(&seen, 3) || seen != 1<<3 || !lx.Once(&seen, 4) || lx.Err() != nil {
		t.Errorf("first times: seen %b, %v", seen, lx.Err())
	}
	if lx.Once(&seen, 3) || !errors.Is(lx.Err(), xmlwire.ErrDuplicate) {
		t.Errorf("second time: %v", lx.Err())
	}
}

// TestEveryByte puts each byte in each kind of place, at the mark. Only those listed are accepted, and encoding/xml accepts them too.
func TestEveryByte(t *testing.T) {
	const (
		mark    = "\u2022"
		letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		digits  = "0123456789"
		space   = " \t\r\n"
		first   = letters + "_"
		more    = first + digits + ".-"
	)
	all := "\t\r\n" // the characters of one byte
	for c := byte(0x20); c < 0x80; c++ {
		all += string(c)
	}
	without := func(bytes string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(bytes, r) {
				return -1
			}
			return r
		}, all)
	}
	for _, row := range []struct{ template, accepted string }{
		{"\u2022<a/>", space},
		{"<a/>\u2022", space},
		{"<\u2022/>", first},
		{"<\u2022a/>", first},
		{"<a\u2022/>", more + space},
		{"<a:\u2022/>", first},
		{"<a:b\u2022/>", more + space},
		{"<a\u2022></a>", space + ">"},
		{"<a></a\u2022>", space},
		{"<a></\u2022>", "a"},
		{"<a/\u2022", ">"},
		{"<a \u2022='1'/>", first},
		{"<a b\u2022='1'/>", more + space},
		{"<a b\u2022c='1'/>", more + ":"},
		{"<a b=\u2022'1'/>", space},
		{"<a b=\u20221'/>", "'"},
		{"<a b='1\u2022/>", "'"},
		{"<a b='\u2022'/>", without("<&'")},
		{"<a b=\"\u2022\"/>", without("<&\"")},
		{"<a b='1'\u2022/>", space},
		{"<a b='1'\u2022c='2'/>", space},
		{"<a>\u2022</a>", without("<&")},
		{"<a>]]\u2022</a>", without("<&>")},
		{"<a>]\u2022></a>", without("<&]")},
		{"<a>&\u2022t;</a>", "lg"},
		{"<a>&l\u2022;</a>", "t"},
		{"<a>&lt\u2022</a>", ";"},
		{"<a>&am\u2022;</a>", "p"},
		{"<a>&apo\u2022;</a>", "s"},
		{"<a>&quo\u2022;</a>", "t"},
		{"<a>&#\u2022;</a>", "9"},
		{"<a>&#6\u2022;</a>", digits},
		{"<a>&#x4\u2022;</a>", digits + "abcdefABCDEF"},
		{"<a>&#\u202241;</a>", "x0123456789"},
		{"<a>&#x\u2022;</a>", "9aAdD"},
		{"<a>&#x\u20220;</a>", "23456789abcdefABCDEF"},
		{"<!--\u2022--><a/>", without("-")},
		{"<!-- x--\u2022<a/>", ">"},
		{"<!\u2022-x--><a/>", "-"},
		{"<a><![CDATA[\u2022]]></a>", all},
		{"<a><![CDATA[]]\u2022</a>", ">"},
		{"<a><![CDATA[]\u2022></a>", "]"},
		{"<a><\u2022[CDATA[]]></a>", "!"},
		{"<\u2022xml version='1.0'?><a/>", "?"},
		{"<?xml\u2022version='1.0'?><a/>", space},
		{"<?xml version\u2022'1.0'?><a/>", "="},
		{"<?xml version='\u2022.0'?><a/>", "1"},
		{"<?xml version='1.\u2022'?><a/>", "0"},
		{"<?xml version='1.0'\u2022?><a/>", space},
		{"<?xml version='1.0'?\u2022<a/>", ">"},
		{"<?xml version='1.0' encoding='\u2022TF-8'?><a/>", "uU"},
		{"<?xml version='1.0' encoding='U\u2022F-8'?><a/>", "tT"},
		{"<?xml version='1.0' encoding='UT\u2022-8'?><a/>", "fF"},
		{"<?xml version='1.0' encoding='UTF\u20228'?><a/>", "-"},
		{"<?xml version='1.0' encoding='UTF-\u2022'?><a/>", "8"},
	} {
		for c := range 256 {
			src := []byte(strings.Replace(row.template, mark, string([]byte{byte(c)}), 1))
			lx := xmlwire.New(src)
			err := lx.Finish()
			if want := strings.IndexByte(row.accepted, byte(c)) >= 0; (err == nil) != want {
				t.Errorf("%q: %v, want it accepted: %v", src, err, want)
			}
			if err == nil {
				own, _ := trace(src)
				if std, stdErr := stdTrace(src); stdErr != nil || std != own {
					t.Errorf("%q: encoding/xml reads %q, %v; got %q", src, std, stdErr, own)
				}
			}
		}
	}
}
