// Package jsonwire reads and writes JSON (RFC 8259) without reflection and, on the paths that
// matter, without allocation.
//
// A [Lexer] is pulled: each call of [Lexer.Next] checks and consumes one token of the input, and
// the methods beside it give that token's text, number or place. A decoder is a loop:
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
// Errors are sticky: after the first, Next gives [Invalid] for ever and [Lexer.Finish] says where
// and why. A decoder must not use what it gathered before it has seen Finish return nil, or must
// say that it works on a prefix.
//
// # Trust
//
// The lexer accepts the grammar of RFC 8259 and nothing beside it: no comments, no byte order mark,
// no NaN, no trailing comma, no bytes after the value. Where the RFC leaves a choice the strict one
// is taken, once, for every caller:
//
//   - Invalid UTF-8 inside a string is refused ([ErrUTF8]), overlong forms and encoded surrogates too.
//   - A \u escape that is half of a surrogate pair is refused ([ErrSurrogate]).
//   - Containers nest at most [MaxDepth] deep ([ErrDepth]); the input has at most [MaxInput] bytes,
//     or the caller's own limit ([ErrTooLarge]).
//   - Keys are compared byte by byte, after unescaping: "Message" is not "message".
//   - A key that the decoder knows may come once: [Lexer.Once] refuses the second ([ErrDuplicate]).
//     Keys the decoder does not know are not remembered, so that memory stays constant.
//   - [Lexer.Int64] takes integers that fit and no fraction or exponent; [Lexer.Float64] refuses
//     what overflows.
//
// encoding/json differs in the first five: it replaces invalid UTF-8 and lone surrogates by U+FFFD,
// nests to 10,000, matches keys in any case and lets the last duplicate win.
//
// # Memory
//
// A Lexer is a small value without pointers to anything but the input. It never copies: what
// [Lexer.Raw] and [Lexer.Skip] return are slices of the input, valid as long as the input is, capped
// so that an append can't write past them. The only allocation is the [Error] of [Lexer.Err].
//
// # Writing
//
// [AppendString] writes a string literal. Structure is written by the caller, as bytes.
package jsonwire
