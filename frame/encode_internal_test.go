package frame

import "testing"

// TestUnknownType: a Value of an unknown type can't be made outside this package,
// and Append does not rely on that.
func TestUnknownType(t *testing.T) {
	for typ := Type(typeCount); typ != 0; typ++ {
		out, err := Append(nil, []Header{{Name: "h", Value: Value{typ: typ}}}, nil)
		e, ok := err.(*Error)
		if !ok || e.Err != ErrHeader || e.Offset != preludeSize || out != nil {
			t.Errorf("type %d: %v", typ, err)
		}
	}
}
