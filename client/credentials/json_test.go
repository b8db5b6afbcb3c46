package credentials

import "testing"

// TestDecodeObject: what counts as a member, and what makes the whole object unusable.
func TestDecodeObject(t *testing.T) {
	for _, row := range []struct {
		json  string
		good  bool
		text  string
		n     int64
		inner string
	}{
		{`{}`, true, "", 0, ""},
		{`{"s":"a","n":7,"o":{"i":"b","other":1},"other":[{"s":1}]}`, true, "a", 7, "b"},
		{`{"s":null,"n":null,"o":null}`, true, "", 0, ""},
		{`{"S":"a"}`, true, "", 0, ""},
		{`{"s":"a","s":"a"}`, false, "", 0, ""},
		{`{"o":{},"o":{}}`, false, "", 0, ""},
		{`{"o":{"i":"a","i":"b"}}`, false, "", 0, ""},
		{`{"s":1}`, false, "", 0, ""},
		{`{"n":"1"}`, false, "", 0, ""},
		{`{"n":1.5}`, false, "", 0, ""},
		{`{"o":[]}`, false, "", 0, ""},
		{`[]`, false, "", 0, ""},
		{`"s"`, false, "", 0, ""},
		{``, false, "", 0, ""},
		{`{"s":"a"`, false, "", 0, ""},
		{`{"s":"a"} x`, false, "", 0, ""},
	} {
		var text, inner string
		var n int64
		err := decodeObject([]byte(row.json), []member{{"s", &text}, {"n", &n}, {"o", []member{{"i", &inner}}}})
		if (err == nil) != row.good || err == nil && (text != row.text || n != row.n || inner != row.inner) {
			t.Errorf("%s: %q %d %q, %v", row.json, text, n, inner, err)
		}
	}
}

// TestReplaceMembers: a file that is rewritten keeps what is another tool's, in its order.
func TestReplaceMembers(t *testing.T) {
	for _, row := range []struct {
		object  string
		members []string
		want    string // "" is an error
	}{
		{`{}`, nil, `{}`},
		{`{}`, []string{"a", "1"}, `{"a":"1"}`},
		{`{"a":"0"}`, []string{"a", ""}, `{}`},
		{` { "x" : [1, 2] , "a" : "0" , "y\u0041":null } `, []string{"a", "1", "b", "2"}, `{"a":"1","b":"2","x":[1, 2],"yA":null}`},
		{`{"x":1,"a":2,"b":3}`, []string{"a", "", "b", "4"}, `{"b":"4","x":1}`},
		{`[]`, nil, ""},
		{`{"x":1`, nil, ""},
		{`{} x`, nil, ""},
	} {
		got, err := replaceMembers([]byte(row.object), row.members...)
		if string(got) != row.want && !(len(row.members) == 0 && string(got) == `{}` && row.want == `{}`) || (err == nil) != (row.want != "") {
			t.Errorf("%s with %q: %s, %v, want %s", row.object, row.members, got, err, row.want)
		}
	}
	if got := string(jsonObject([]byte("x"), "a", `"`, "b", "")); got != `x{"a":"\"","b":""}` {
		t.Errorf("jsonObject: %s", got)
	}
}

// TestMemberOf: a member as it stands.
func TestMemberOf(t *testing.T) {
	for _, row := range []struct{ object, want string }{
		{`{}`, `{}`}, {`{"b":1}`, `{}`}, {`{"b":1,"a": {"x" : [1]} ,"c":2}`, `{"x" : [1]}`}, {`{"a":7}`, `7`},
	} {
		if got, err := memberOf([]byte(row.object), "a"); err != nil || string(got) != row.want {
			t.Errorf("%s: %s, %v", row.object, got, err)
		}
	}
	for _, broken := range []string{``, `[]`, `{"a":1`, `{"a":1} x`} {
		if _, err := memberOf([]byte(broken), "a"); err == nil {
			t.Errorf("%q has a member", broken)
		}
	}
}
