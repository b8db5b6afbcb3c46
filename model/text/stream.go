package text

import "bytes"

// Ends reports whether chunk holds its format's end mark, [Delta.End], for a caller that passes the
// bytes on without looking into them. It is false for malformed chunks. It reads the members that can
// be marks and checks the syntax of the rest; that another key is not repeated is left to [Extract].
// It does not allocate, except for a chunk with half of a surrogate pair.
func Ends(chunk []byte) bool { return !isPlainDelta(chunk) && signsOf(chunk).end }

// MarksEnd reports whether chunk is of a format whose answers have an end mark: a stream of such
// chunks that closes before [Ends] was true of one of them was cut. It is false for malformed chunks
// and for those of an unknown format. It reads and allocates as Ends does.
func MarksEnd(chunk []byte) bool { return signsOf(chunk).marked }

// Intervened reports whether Bedrock says in chunk that a guardrail has replaced or blocked the
// answer. It does not allocate, except for a chunk with half of a surrogate pair; a chunk that does not
// mention guardrails costs a search for a word.
func Intervened(chunk []byte) bool {
	return !isPlainDelta(chunk) && bytes.Contains(chunk, []byte("-guardrailAction\"")) && signsOf(chunk).intervened
}

// isPlainDelta reports whether chunk, if it is JSON at all, is a delta of Anthropic's text and
// nothing more. Nearly every chunk of the most frequent format is one, and a few comparisons tell it
// in a tenth of the lexer's time.
//
// The start of the chunk is not enough to tell: Bedrock adds its metrics to whichever chunk is the
// last, and members of another format could follow. So the text's first quote must be the one that
// ends it, with nothing after it but the two braces. A quote that is escaped there leaves the
// string open; that makes the chunk malformed, like anything else that is wrong inside it, and a
// malformed chunk has no mark either.
func isPlainDelta(chunk []byte) bool {
	const head, mid, tail = `{"type":"content_block_delta","index":`, `,"delta":{"type":"text_delta","text":"`, `"}}`
	if len(chunk) < len(head) || string(chunk[:len(head)]) != head {
		return false
	}
	rest := chunk[len(head):]
	// Digits that are not a number in JSON, none or 007, make a malformed chunk: see above.
	for len(rest) > 0 && rest[0]-'0' <= 9 {
		rest = rest[1:]
	}
	if len(rest) < len(mid) || string(rest[:len(mid)]) != mid {
		return false
	}
	rest = rest[len(mid):]
	end := bytes.IndexByte(rest, '"')
	return end >= 0 && string(rest[end:]) == tail
}
