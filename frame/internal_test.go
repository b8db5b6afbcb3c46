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

// TestChunkHeaders: the block that has a path of its own is one that the walk
// accepts, with the same count and limit.
func TestChunkHeaders(t *testing.T) {
	b := []byte(chunkHeaders)
	n, err := walkHeaders(b, chunkHeaderCount)
	if err != nil || n != chunkHeaderCount || len(b) != 75 {
		t.Errorf("%d headers in %d bytes: %v", n, len(b), err)
	}
	for max := range chunkHeaderCount + 1 {
		_, walked := walkHeaders(b, max)
		_, checked := checkHeaders(b, max)
		if (walked == nil) != (checked == nil) || (walked == nil) != (max == chunkHeaderCount) {
			t.Errorf("limit %d: %v, %v", max, walked, checked)
		}
	}
}
