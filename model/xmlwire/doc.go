// Package xmlwire reads the XML of AWS answers (XML 1.0, fifth edition, without its document type)
// without reflection and, on the paths that matter, without allocation.
//
// A [Lexer] is pulled: each call of [Lexer.Next] checks and consumes one token. Most answers are
// trees of named texts, for which [Lexer.Child] and [Lexer.Content] do:
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
// Errors are sticky: after the first, Next gives [Invalid] for ever and [Lexer.Finish] says where
// and why. A decoder must not use what it gathered before it has seen Finish return nil, or must
// say that it works on a prefix.
//
// Names are local names: of "sts:Error" and "Error" both, NameIs("Error") holds. AWS declares one
// name space a document, at its root, and changes it with the API's version. Attributes are checked
// and dropped: no AWS error or credential is in one.
//
// # Trust
//
// Everything that makes XML dangerous is refused, not limited:
//
//   - A document type ([ErrDoctype]), and with it entities of the document's own: neither "billion
//     laughs" nor its quadratic cousin nor a reference to a file can be written down.
//   - Processing instructions beside the XML declaration at the very start ([ErrInstruction]).
//   - Entities beside lt, gt, amp, apos, quot and references to characters that XML allows ([ErrEntity]).
//   - Encodings beside UTF-8 ([ErrEncoding]), bytes that are not UTF-8 and characters that XML does
//     not allow ([ErrChar]). The whole input is checked for them before the first token.
//   - More than [MaxInput] bytes ([ErrTooLarge]) or [MaxDepth] open elements ([ErrDepth]).
//   - Anything but white space and comments around the one root element ([ErrTrailing]), end tags
//     that don't match ([ErrMismatch]), "]]>" in text, "--" in comments, names that are not ASCII.
//
// encoding/xml is laxer: it passes over document types and processing instructions, and takes several
// roots, text around them, attributes without white space between them, references to surrogates
// (as U+FFFD) and any depth.
//
// # Memory
//
// A Lexer is a value of some 300 bytes that points at nothing but the input and never copies:
// [Lexer.Name] and [Lexer.Raw] are slices of the input. Strings are made by [Lexer.Content] and
// [Lexer.Text] only, an [Error] by [Lexer.Err].
package xmlwire
