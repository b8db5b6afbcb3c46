// Package jsonwire reads and writes JSON (RFC 8259) without reflection and, on the paths that
// matter, without allocation.
//
// The caller pulls tokens from a [Lexer]: each call of [Lexer.Next] checks and consumes one token of
// the input, and other methods return that token's text, number or offset. A decoder is a loop:
//
//	lx := jsonwire.New(body)
//	if lx.Next() != jsonwire.ObjectStart {
//		lx.Fail(jsonwire.ErrKind)
//	}
//	for lx.Next() == jsonwire.Key {
//		if !lx.TextIs("message") {
//			lx.Skip()
//			continue
//		}
//		if lx.Next() == jsonwire.String {
//			message = lx.AppendText(message[:0])
//		} else {
//			lx.Skip()
//		}
//	}
//	if err := lx.Finish(); err != nil {
//		return err
//	}
//
// Errors are sticky: after the first error, Next always returns [Invalid], and [Lexer.Finish] returns
// the reason and the offset. A decoder must not use its result until Finish has returned nil, or must
// document that it works on a prefix.
//
// # Trust
//
// The lexer accepts exactly the grammar of RFC 8259: no comments, no byte order mark, no NaN, no
// trailing comma, no bytes after the value. Where the RFC leaves a choice, the lexer is strict:
//
//   - Invalid UTF-8 inside a string is refused ([ErrUTF8]), including overlong forms and encoded
//     surrogates.
//   - A \u escape that is half of a surrogate pair is refused ([ErrSurrogate]).
//   - Containers nest at most [MaxDepth] deep ([ErrDepth]); the input has at most [MaxInput] bytes,
//     or the caller's own limit ([ErrTooLarge]).
//   - Keys are compared byte by byte, after unescaping: "Message" is not "message".
//   - A key that the decoder knows may appear once: [Lexer.Once] refuses the second ([ErrDuplicate]).
//     Keys that the decoder does not know are not remembered, so that memory stays constant.
//   - [Lexer.Int64] accepts integers that fit, without a fraction or an exponent; [Lexer.Float64]
//     refuses numbers that overflow.
//
// encoding/json differs in the first five: it replaces invalid UTF-8 and lone surrogates by U+FFFD,
// nests to 10,000, matches keys in any case and lets the last duplicate win.
//
// # Memory
//
// A Lexer is a small value that points only to the input. It does not copy: [Lexer.Raw] and
// [Lexer.Skip] return slices of the input. They are valid as long as the input is, and have no spare
// capacity, so that an append can't write past them. Apart from the text of [Lexer.Text], only
// [Lexer.Err] allocates, an [Error].
//
// # Writing
//
// [AppendString] writes a string literal. Structure is written by the caller, as bytes.
package jsonwire
