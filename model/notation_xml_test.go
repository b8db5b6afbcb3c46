package model_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"bedrockwire/model"
	"bedrockwire/model/xmlwire"
)

func TestValueFromXML(t *testing.T) {
	rows := []struct{ name, src, want string }{
		{"text", `<a>x &amp; y</a>`, `"x & y"`},
		{"empty", `<a/>`, `""`},
		{"white space is text where there is nothing else", `<a> </a>`, `" "`},
		{"structure", "<a>\n <b>1</b>\n <c/>\n</a>", `{"b":"1","c":""}`},
		{"list", `<a> <member>x</member> <member><b/></member></a>`, `["x",{"b":""}]`},
		{"a member among others", `<a><member>x</member><b>y</b></a>`, `{"member":"x","b":"y"}`},
		{"prefixes", `<n:a xmlns:n="u"><n:b>1</n:b></n:a>`, `{"b":"1"}`},
		{"around comments", `<a><!-- c --><b>1<!-- c -->2</b></a>`, `{"b":"12"}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			v, err := model.ValueFromXML([]byte(row.src))
			if err != nil {
				t.Fatal(err)
			}
			same(t, string(v.AppendJSON(nil)), row.want)
			text, err := v.AppendXML(nil, "a")
			if err != nil {
				t.Fatal(err)
			}
			if again, err := model.ValueFromXML(text); err != nil || !reflect.DeepEqual(again, v) {
				t.Errorf("%v: %s", err, text)
			}
		})
	}
	for _, row := range []struct {
		name, src string
		reason    xmlwire.Reason
	}{
		{"empty", ``, xmlwire.ErrTruncated},
		{"no element", `x`, xmlwire.ErrSyntax},
		{"duplicate", `<a><b/><b/></a>`, xmlwire.ErrDuplicate},
		{"members, then another", `<a><member/><member/><b/></a>`, xmlwire.ErrDuplicate},
		{"another, then members", `<a><b/><member/><member/></a>`, xmlwire.ErrDuplicate},
		{"text before an element", `<a>x<b/></a>`, xmlwire.ErrKind},
		{"text after an element", `<a><b/>x</a>`, xmlwire.ErrKind},
		{"two roots", `<a/><a/>`, xmlwire.ErrTrailing},
		{"cut", `<a><b>`, xmlwire.ErrTruncated},
	} {
		t.Run(row.name, func(t *testing.T) {
			if v, err := model.ValueFromXML([]byte(row.src)); !errors.Is(err, row.reason) || !reflect.DeepEqual(v, model.Value{}) {
				t.Errorf("%v, want %v", err, row.reason)
			}
		})
	}
	t.Run("many members in linear time", func(t *testing.T) {
		src := []byte("<a>" + strings.Repeat("<member/> \n", 5_900) + "</a>")
		best := time.Hour
		for range 3 {
			start := time.Now()
			if v, err := model.ValueFromXML(src); err != nil || len(v.List) != 5_900 {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		if best > time.Second {
			t.Errorf("took %v", best)
		}
	})
}

func TestValueAppendXML(t *testing.T) {
	v := model.Value{Kind: model.StructureValue, Members: []model.Member{
		{"i", model.Value{Kind: model.IntegerValue, Integer: -7}},
		{"b", model.Value{Kind: model.BooleanValue, Integer: 1}},
		{"f", model.Value{Kind: model.FloatValue, Float: 0.5}},
		{"x", model.Value{Kind: model.FloatValue, Float: math.NaN()}},
		{"n", model.Value{}},
		{"o", model.Value{Kind: model.BlobValue, Blob: []byte("hi")}},
		{"e", model.Value{Kind: model.EnumValue, Text: "\x00\uFFFE<"}},
	}}
	got, err := v.AppendXML([]byte("> "), "r")
	if err != nil {
		t.Fatal(err)
	}
	same(t, string(got), "> <r><i>-7</i><b>true</b><f>0.5</f><x></x><o>aGk=</o><e>\uFFFD\uFFFD&lt;</e></r>")

	for _, name := range []string{"", "a b", "1a", "a>", "é", "x:y", "<"} {
		bad := model.Value{Kind: model.StructureValue, Members: []model.Member{{"list", model.Value{Kind: model.ListValue,
			List: []model.Value{{Kind: model.StructureValue, Members: []model.Member{{name, model.Value{Kind: model.StringValue}}}}}}}}}
		got, err := bad.AppendXML([]byte("> "), "r")
		var e *model.FieldError
		if !errors.As(err, &e) || string(got) != "> " {
			t.Errorf("%q: %s, %v", name, got, err)
		}
	}
}
