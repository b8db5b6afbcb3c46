package model_test

import (
	"testing"

	"bedrockwire/model"
)

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
