// Package xmlwire reads the XML of AWS responses (XML 1.0, fifth edition, without document types)
// without reflection and, on the paths that matter, without allocation.
//
// The caller pulls tokens from a [Lexer]: each call of [Lexer.Next] checks and consumes one token. Most
// responses are trees of named texts, which [Lexer.Child] and [Lexer.Content] read:
//
//	lx := xmlwire.New(body)
//	if lx.Next() != xmlwire.Start || !lx.NameIs("Error") {
//		lx.Fail(xmlwire.ErrKind)
//	}
//	for lx.Child() {
//		switch {
//		case lx.NameIs("Code"):
//			code = lx.Content()
//		case lx.NameIs("Message"):
//			message = lx.Content()
//		default:
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
// Names are local names: NameIs("Error") holds for both "sts:Error" and "Error". AWS declares one
// namespace per document, at its root, and changes it with the API's version. Attributes are checked
// and dropped, because no AWS error or credential is in one.
//
// # Trust
//
// The lexer refuses:
//
//   - Document types ([ErrDoctype]), and so entities that a document declares: "billion laughs",
//     quadratic blow-up and references to files are impossible.
//   - Processing instructions, except for the XML declaration at the very start ([ErrInstruction]).
//   - Entities other than lt, gt, amp, apos and quot, and references to characters that XML does not
//     allow ([ErrEntity]).
//   - Encodings other than UTF-8 ([ErrEncoding]), bytes that are not UTF-8 and characters that XML does
//     not allow ([ErrChar]). The whole input is checked for them before the first token.
//   - More than [MaxInput] bytes ([ErrTooLarge]), [MaxDepth] open elements ([ErrDepth]) or
//     [MaxAttributes] attributes in a tag ([ErrAttributes]).
//   - An attribute that appears twice in a tag ([ErrDuplicate]).
//   - Anything but white space and comments around the one root element ([ErrTrailing]), end tags
//     that don't match ([ErrMismatch]), "]]>" in text, "--" in comments, names that are not ASCII.
//
// encoding/xml is less strict: it skips document types and processing instructions, and accepts several
// roots, text around them, repeated attributes, attributes without white space between them, references
// to surrogates (as U+FFFD) and any depth.
//
// # Memory
//
// A Lexer is a value of about 300 bytes that points only to the input and does not copy: [Lexer.Name]
// and [Lexer.Raw] return slices of the input. Only [Lexer.Content] and [Lexer.Text] make strings, and
// [Lexer.Err] an [Error].
package xmlwire
