package model_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
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
