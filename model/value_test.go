package model_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
	"bedrockwire/model/xmlwire"
)

func TestValueFromJSON(t *testing.T) {
	rows := []struct{ name, src, want string }{
		{"null", `null`, `null`},
		{"booleans", `[true,false]`, `[true,false]`},
		{"integers", `[0,-0,7,-9223372036854775808,9223372036854775807]`, `[0,0,7,-9223372036854775808,9223372036854775807]`},
		{"floats", `[1.0,-0.5,1e3,1E-2,123456789012345678901234567890.0]`, `[1.0,-0.5,1000.0,0.01,1.2345678901234568e+29]`},
		{"negative zero", `-0.0`, `-0.0`},
		{"strings", `["","é\u0000\ud83d\ude00"]`, `["","é\u0000😀"]`},
		{"structure keeps its order", `{"b":1,"a":{"c":[{}]}}`, `{"b":1,"a":{"c":[{}]}}`},
		{"empty", `[{},[]]`, `[{},[]]`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			v, err := model.ValueFromJSON([]byte(row.src))
			if err != nil {
				t.Fatal(err)
			}
			got := string(v.AppendJSON(nil))
			same(t, got, row.want)
			again, err := model.ValueFromJSON([]byte(got))
			if err != nil || !reflect.DeepEqual(again, v) {
				t.Errorf("%v: %+v is read back as %+v", err, v, again)
			}
		})
	}
}

func TestValueFromJSONRefuses(t *testing.T) {
	many := func(n int) string { return "[" + strings.Repeat("0,", n-2) + "0]" } // n nodes with the list
	keys := func(n int, last string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`"k` + strconv.Itoa(i) + `":0,`)
		}
		return "{" + b.String() + `"` + last + `":0}`
	}
	for _, row := range []struct {
		name, src string
		reason    jsonwire.Reason
	}{
		{"duplicate", `{"a":1,"a":1}`, jsonwire.ErrDuplicate},
		{"duplicate, escaped", `{"a":1,"\u0061":1}`, jsonwire.ErrDuplicate},
		{"duplicate below", `[{"x":{"a":1,"b":2,"a":3}}]`, jsonwire.ErrDuplicate},
		{"duplicate among few", keys(15, "k3"), jsonwire.ErrDuplicate},
		{"duplicate among many", keys(40, "k3"), jsonwire.ErrDuplicate},
		{"duplicate of a late one", keys(40, "k39"), jsonwire.ErrDuplicate},
		{"integer too large", `9223372036854775808`, jsonwire.ErrNumber},
		{"integer too small", `[-9223372036854775809]`, jsonwire.ErrNumber},
		{"float too large", `1e309`, jsonwire.ErrNumber},
		{"too many nodes", many(model.MaxValues + 1), jsonwire.ErrTooLarge},
		{"empty", ``, jsonwire.ErrTruncated},
		{"cut", `{"a":[1`, jsonwire.ErrTruncated},
		{"trailing", `1 2`, jsonwire.ErrTrailing},
		{"syntax", `[1,]`, jsonwire.ErrSyntax},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := model.ValueFromJSON([]byte(row.src))
			if !errors.Is(err, row.reason) || !reflect.DeepEqual(v, model.Value{}) {
				t.Errorf("%v, want %v", err, row.reason)
			}
		})
	}
	if _, err := model.ValueFromJSON([]byte(many(model.MaxValues))); err != nil {
		t.Errorf("%d nodes: %v", model.MaxValues, err)
	}
	if _, err := model.ValueFromJSON([]byte(keys(100, "last"))); err != nil {
		t.Error(err)
	}
}

func TestValueJSONIsSafe(t *testing.T) {
	for _, row := range []struct {
		v    model.Value
		want string
	}{
		{model.Value{Kind: model.FloatValue, Float: math.NaN()}, "null"},
		{model.Value{Kind: model.FloatValue, Float: math.Inf(-1)}, "null"},
		{model.Value{Kind: model.FloatValue, Float: 3}, "3.0"},
		{model.Value{Kind: 99}, "null"},
		{model.Value{Kind: model.BlobValue, Blob: []byte{0, 255}}, `"AP8="`},
		{model.Value{Kind: model.StringValue, Text: "\xff\u2028<"}, `"` + "\uFFFD" + `\u2028<"`},
		{model.Value{Kind: model.BooleanValue, Integer: 2}, "true"},
	} {
		got := row.v.AppendJSON(nil)
		same(t, string(got), row.want)
		if !json.Valid(got) {
			t.Errorf("%s is no JSON", got)
		}
	}
	if got := (model.Value{}).Member("x"); !reflect.DeepEqual(got, model.Value{}) {
		t.Errorf("%+v", got)
	}
}

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
		if best > 50*time.Millisecond && !underRace {
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

func TestAppendQuery(t *testing.T) {
	str := func(s string) model.Value { return model.Value{Kind: model.StringValue, Text: s} }
	v := model.Value{Kind: model.StructureValue, Members: []model.Member{
		{"a", str("1 + 1/é~")},
		{"list", model.Value{Kind: model.ListValue, List: []model.Value{str("x"),
			{Kind: model.StructureValue, Members: []model.Member{{"k", str("v")}, {"e", model.Value{Kind: model.EnumValue, Text: "E"}}}},
			{Kind: model.ListValue, List: []model.Value{str("deep")}}}}},
		{"empty", model.Value{Kind: model.ListValue}},
		{"null", model.Value{}},
		{"none", model.Value{Kind: model.StructureValue}},
		{"n", model.Value{Kind: model.IntegerValue, Integer: 42}},
		{"t", model.Value{Kind: model.BooleanValue, Integer: 1}},
		{"odd&name=", str("")},
		{"blob", model.Value{Kind: model.BlobValue, Blob: []byte{0xFB, 0xFF}}},
	}}
	same(t, string(v.AppendQuery([]byte("Action=X&"))),
		"Action=X&a=1%20%2B%201%2F%C3%A9~&list.member.1=x&list.member.2.k=v&list.member.2.e=E&list.member.3.member.1=deep"+
			"&empty=&n=42&t=true&odd%26name%3D=&blob=%2B%2F8%3D")
}

func TestResponseFromValueRefuses(t *testing.T) {
	for _, row := range []struct{ name, json, field string }{
		{"array", `[]`, "response"},
		{"number", `1`, "response"},
		{"text", `"x"`, "response"},
		{"null", `null`, "response"},
		{"content type", `{"contentType":1}`, "contentType"},
		{"latency", `{"performanceConfigLatency":{}}`, "performanceConfigLatency"},
		{"tier", `{"serviceTier":[]}`, "serviceTier"},
		{"body", `{"body":"x"}`, "body"},
		{"event", `{"body":[{},1]}`, "body[1]"},
		{"two members", `{"body":[{"chunk":{},"validationException":{}}]}`, "body[0]"},
		{"chunk", `{"body":[{"chunk":1}]}`, "body[0].chunk"},
		{"bytes", `{"body":[{"chunk":{"bytes":1}}]}`, "body[0].chunk.bytes"},
		{"bytes not base64", `{"body":[{"chunk":{"bytes":"a=b="}}]}`, "body[0].chunk.bytes"},
		{"bytes unpadded", `{"body":[{"chunk":{"bytes":"YQ"}}]}`, "body[0].chunk.bytes"},
		{"exception", `{"body":[{"throttlingException":1}]}`, "body[0].throttlingException"},
		{"message", `{"body":[{"throttlingException":{"message":1}}]}`, "body[0].throttlingException.message"},
		{"status", `{"body":[{"modelErrorException":{"originalStatusCode":600}}]}`, "body[0].modelErrorException.originalStatusCode"},
		{"status in words", `{"body":[{"modelErrorException":{"originalStatusCode":"many"}}]}`, "body[0].modelErrorException.originalStatusCode"},
		{"status true", `{"body":[{"modelErrorException":{"originalStatusCode":true}}]}`, "body[0].modelErrorException.originalStatusCode"},
		{"code", `{"body":[{"Unknown_operation_error":{"__type":1}}]}`, "body[0].Unknown_operation_error.__type"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := model.ResponseFromJSON([]byte(row.json))
			var e *model.FieldError
			if r != nil || !errors.As(err, &e) || e.Field != row.field {
				t.Errorf("%v, want %s", err, row.field)
			}
		})
	}
	if _, err := model.ResponseFromJSON([]byte(`{`)); !errors.Is(err, jsonwire.ErrTruncated) {
		t.Error(err)
	}
	if _, err := model.ResponseFromXML([]byte(`<!DOCTYPE a><a/>`)); !errors.Is(err, xmlwire.ErrDoctype) {
		t.Error(err)
	}
}

func TestResponseLeniency(t *testing.T) {
	for _, row := range []struct{ name, json, want string }{
		{"one event", `{"body":{"chunk":{"bytes":"YQ=="}}}`, `{"body":[{"chunk":{"bytes":"YQ=="}}]}`},
		{"unknown members", `{"x":1,"body":[{"chunk":{"bytes":"YQ==","p":"abc"}}]}`, `{"body":[{"chunk":{"bytes":"YQ=="}}]}`},
		{"null members of the union", `{"body":[{"chunk":null,"__type":"x","throttlingException":{"message":null}}]}`, `{"body":[{"throttlingException":{}}]}`},
		{"null members", `{"body":null,"contentType":null}`, `{}`},
		{"null bytes", `{"body":[{"chunk":{"bytes":null}}]}`, `{"body":[{"chunk":{}}]}`},
		{"empty body", `{"body":[]}`, `{"body":[]}`},
		{"unknown event", `{"body":[{"new":{"a":1}}]}`, `{"body":[{"new":{}}]}`},
		{"a shape's name is no member", `{"body":[{"ThrottlingException":{}}]}`, `{"body":[{"ThrottlingException":{}}]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := model.ResponseFromJSON([]byte(row.json))
			if err != nil {
				t.Fatal(err)
			}
			same(t, string(r.AppendJSON(nil)), row.want)
		})
	}
	var none *model.InvokeModelWithResponseStreamResponse
	same(t, string(none.AppendJSON(nil)), "{}")
}
