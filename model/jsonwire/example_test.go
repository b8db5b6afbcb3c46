package jsonwire_test

import (
	"errors"
	"fmt"

	"bedrockwire/model/jsonwire"
)

// token is what the example decodes into.
type token struct {
	value   string
	expires int64
}

// decodeToken shows the loop: known keys once, unknown ones skipped, kinds and ranges checked, and
// nothing used before Finish has said that the whole input is right.
func decodeToken(body []byte) (token, error) {
	var t token
	var seen uint64
	lx := jsonwire.New(body)
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	for lx.Next() == jsonwire.Key {
		switch {
		case lx.TextIs("token") && lx.Once(&seen, 0):
			if lx.Next() != jsonwire.String {
				lx.Fail(jsonwire.ErrKind)
			}
			t.value = lx.Text()
		case lx.TextIs("expires") && lx.Once(&seen, 1):
			lx.Next()
			n, ok := lx.Int64()
			if !ok {
				lx.Fail(jsonwire.ErrNumber)
			}
			t.expires = n
		default:
			lx.Skip()
		}
	}
	if err := lx.Finish(); err != nil {
		return token{}, err
	}
	return t, nil
}

func Example() {
	t, err := decodeToken([]byte(`{"token":"a\/b","extra":{"token":1},"expires":1700000000}`))
	fmt.Println(t.value, t.expires, err)

	_, err = decodeToken([]byte(`{"token":"first","token":"second"}`))
	fmt.Println(err, errors.Is(err, jsonwire.ErrDuplicate))
	_, err = decodeToken([]byte(`{"expires":9223372036854775808}`))
	fmt.Println(err)
	_, err = decodeToken([]byte(`{"token":"cut`))
	fmt.Println(err)
	_, err = decodeToken([]byte(`["token"]`))
	fmt.Println(err)
	// Output:
	// a/b 1700000000 <nil>
	// json: duplicate key at byte 18 true
	// json: number out of range at byte 11
	// json: unexpected end of input at byte 13
	// json: unexpected kind of value at byte 0
}

func ExampleAppendString() {
	fmt.Printf("%s\n", jsonwire.AppendString([]byte(`{"prompt":`), "Say \"hi\"\n"))
	// Output: {"prompt":"Say \"hi\"\n"
}

func ExampleLexer_Skip() {
	lx := jsonwire.New([]byte(`{"id":7,"detail":{"a":[1,2]}}`))
	lx.Next()
	for lx.Next() == jsonwire.Key {
		fmt.Printf("%s = %s\n", lx.Text(), lx.Skip())
	}
	fmt.Println(lx.Finish())
	// Output:
	// id = 7
	// detail = {"a":[1,2]}
	// <nil>
}
