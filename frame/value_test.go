package frame_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"bedrockwire/frame"
)

// TestZeroValue: what is made without a constructor means something harmless.
func TestZeroValue(t *testing.T) {
	var v frame.Value
	if b, ok := v.Bool(); v.Type() != frame.True || !b || !ok {
		t.Error("the zero Value is not true")
	}
	var h frame.Headers
	if _, ok := h.Get("x"); ok || h.Len() != 0 {
		t.Error("the zero Headers is not empty")
	}
	for range h.All() {
		t.Error("the zero Headers yields a header")
	}
}

// TestValues: every constructor, encoded and decoded, gives the value back from
// its accessor and from no other.
func TestValues(t *testing.T) {
	id := [16]byte{0: 1, 7: 2, 8: 0xff, 15: 0x80}
	at := time.UnixMilli(-1234567890123).UTC()
	for _, c := range []struct {
		name string
		in   frame.Value
		typ  frame.Type
		want any
	}{
		{"true", frame.BoolValue(true), frame.True, true},
		{"false", frame.BoolValue(false), frame.False, false},
		{"int8", frame.Int8Value(math.MinInt8), frame.Int8, int64(math.MinInt8)},
		{"int8 max", frame.Int8Value(math.MaxInt8), frame.Int8, int64(math.MaxInt8)},
		{"int16", frame.Int16Value(math.MinInt16), frame.Int16, int64(math.MinInt16)},
		{"int32", frame.Int32Value(math.MinInt32), frame.Int32, int64(math.MinInt32)},
		{"int32 max", frame.Int32Value(math.MaxInt32), frame.Int32, int64(math.MaxInt32)},
		{"int64", frame.Int64Value(math.MinInt64), frame.Int64, int64(math.MinInt64)},
		{"int64 max", frame.Int64Value(math.MaxInt64), frame.Int64, int64(math.MaxInt64)},
		{"bytes", frame.BytesValue([]byte{0, 0xff}), frame.Bytes, "\x00\xff"},
		{"no bytes", frame.BytesValue(nil), frame.Bytes, ""},
		{"string", frame.StringValue("grüß"), frame.String, "grüß"},
		{"no string", frame.StringValue(""), frame.String, ""},
		{"chunk", frame.StringValue("chunk"), frame.String, "chunk"},
		{"event", frame.StringValue("event"), frame.String, "event"},
		{"JSON", frame.StringValue("application/json"), frame.String, "application/json"},
		{"time", frame.TimeValue(at.Add(900 * time.Microsecond)), frame.Timestamp, at},
		{"uuid", frame.UUIDValue(id), frame.UUID, id},
	} {
		b, err := frame.Append(nil, []frame.Header{{Name: "h", Value: c.in}}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		m, _, err := frame.Parse(b)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		out, _ := m.Headers.Get("h")
		for from, v := range map[string]frame.Value{"made": c.in, "decoded": out} {
			if v.Type() != c.typ {
				t.Errorf("%s, %s: type %v", c.name, from, v.Type())
			}
			got := map[string]any{}
			if v, ok := v.Bool(); ok {
				got["Bool"] = v
			} else if v {
				t.Errorf("%s, %s: Bool returns %v with false", c.name, from, v)
			}
			if v, ok := v.Int(); ok {
				got["Int"] = v
			} else if v != 0 {
				t.Errorf("%s, %s: Int returns %v with false", c.name, from, v)
			}
			if v, ok := v.Bytes(); ok {
				if cap(v) != len(v) {
					t.Errorf("%s, %s: spare capacity", c.name, from)
				}
				got["Bytes"] = string(v)
			} else if v != nil {
				t.Errorf("%s, %s: Bytes returns %v with false", c.name, from, v)
			}
			if s, ok := v.Text(); ok {
				got["Text"] = s
			} else if s != "" {
				t.Errorf("%s, %s: Text returns %v with false", c.name, from, s)
			}
			if v, ok := v.Time(); ok {
				got["Time"] = v
			} else if v != (time.Time{}) {
				t.Errorf("%s, %s: Time returns %v with false", c.name, from, v)
			}
			if v, ok := v.UUID(); ok {
				got["UUID"] = v
			} else if v != ([16]byte{}) {
				t.Errorf("%s, %s: UUID returns %v with false", c.name, from, v)
			}
			if len(got) != 1 {
				t.Errorf("%s, %s: %v", c.name, from, got)
			}
			for _, v := range got {
				if v != c.want {
					t.Errorf("%s, %s: %v, want %v", c.name, from, v, c.want)
				}
			}
			text, isText := c.want.(string)
			isText = isText && c.typ == frame.String
			if v.EqualText(text) != isText || v.EqualText("other") || isText && v.EqualText(text+"x") {
				t.Errorf("%s, %s: EqualText", c.name, from)
			}
		}
	}
}

func TestTypeString(t *testing.T) {
	want := "true false int8 int16 int32 int64 bytes string timestamp uuid unknown"
	var got []string
	for i := frame.True; i <= frame.UUID+1; i++ {
		got = append(got, i.String())
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
	if frame.Type(255).String() != "unknown" {
		t.Error("type 255 has a name")
	}
}
