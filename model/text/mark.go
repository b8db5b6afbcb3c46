package text

import "bedrockwire/model/jsonwire"

// A mark is a member at the top of a chunk that shows the chunk's shape, or the end of an answer, or
// both. Each family's file has its own. They are all that [Ends], [MarksEnd], [Failure] and
// [Intervened] know of the formats, so that a program that passes chunks on does not link what
// [Extract] needs. Extract takes the shape and the end of a chunk from here too.
type mark struct {
	key   string
	shape Shape
	shows showing
	ends  ending
	// words are the texts that the member may have, for endsByWord. The first one is the end. If there
	// are more, another text makes the chunk unknown.
	words []string
}

// showing says when a mark shows the shape.
type showing uint8

const (
	showsNothing showing = iota // other formats have the member too
	showsAlways
	showsAlone     // if no other member shows one
	showsAloneText // the same, and if its value is a text
)

// ending says which value of a mark is the end of an answer.
type ending uint8

const (
	endsNever    ending = iota
	endsAlways          // by its presence, even if its value makes no sense
	endsByReason        // a text that is not empty: "" says no more than null does
	endsByTrue          // true, but not "true" or 1: an end that was guessed would cut an answer short
	endsByWord          // the first of the mark's words
	endsByAnswer        // an array whose first object has one of answerMarks
)

// marks has the marks of each family.
var marks = [...][]mark{amazonMarks, anthropicMarks, chatMarks, cohereMarks, metaMarks, mistralMarks, twelveLabsMarks}

// answerMarks are the marks inside "choices", "outputs" and "generations", whatever the family. Some
// servers send both reasons; one of them then names the stop sequence.
var answerMarks = [...]mark{
	{key: "finish_reason", ends: endsByReason},
	{key: "stop_reason", ends: endsByReason},
	{key: "is_finished", ends: endsByTrue},
}

// signs is what a chunk says about its stream.
type signs struct {
	shape      Shape
	mixed      bool // several members show a shape: whichever were taken, another reader would take the other
	marked     bool // the format is known and has an end mark
	end        bool // the end mark is there
	failed     bool // the model reports an error
	intervened bool // a guardrail has replaced or blocked the answer
}

// signsOf returns the signs of a chunk. They are zero for a malformed one.
func signsOf(chunk []byte) signs {
	lx := jsonwire.New(chunk)
	s := readSigns(&lx)
	err := lx.Finish()
	if isHalf(err) {
		lx = jsonwire.New(appendWithoutHalves(nil, chunk))
		s = readSigns(&lx)
		err = lx.Finish()
	}
	if err != nil {
		return signs{}
	}
	return s
}

// readSigns reads the chunk whose first token is next. If lx has failed afterwards, the signs mean
// nothing.
func readSigns(lx *jsonwire.Lexer) signs {
	if lx.Next() != jsonwire.ObjectStart {
		return signs{}
	}
	var f findings
	for lx.Next() == jsonwire.Key {
		f.member(lx)
		lx.Skip() // what was not read of the value
	}
	return f.signs()
}

// findings is what the members of a chunk have shown so far.
type findings struct {
	seen  uint64 // the known members that were there
	shown int    // how many marks show their shape always
	shape Shape  // the last one that they show
	alone Shape  // what a mark shows if there is no other
	ends  uint16 // bit n says that the chunk ends an answer of shape n
	event event  // of a mark with several words

	fault      bool // there is an "error" that is an object or a text
	failed     bool // and it is not an empty text
	metrics    bool // Bedrock's metrics are there
	intervened bool
	bedrock    bool // there is something that Bedrock adds
	other      bool // there is something else
}

// event is what the text of a mark with several words says.
type event uint8

const (
	eventUnknown event = iota
	eventKnown
	eventError
)

// The bits of findings.seen for the members that are not in the table.
const (
	errorBit     = 63
	metricsBit   = 62
	guardrailBit = 61
)

// member reads the member whose key lx has consumed. It consumes the start of the value at least if
// it is a known one.
func (f *findings) member(lx *jsonwire.Lexer) {
	switch {
	case lx.TextIs("error"):
		if lx.Once(&f.seen, errorBit) {
			k := lx.Next()
			f.fault = k == jsonwire.ObjectStart || k == jsonwire.String
			f.failed = f.fault && (k == jsonwire.ObjectStart || len(lx.Raw()) != 0)
			f.other = f.other || !f.fault
		}
	case lx.TextIs("amazon-bedrock-invocationMetrics"):
		if lx.Once(&f.seen, metricsBit) {
			f.metrics = lx.Next() == jsonwire.ObjectStart
			f.bedrock = true
			f.other = f.other || !f.metrics
		}
	case lx.TextIs("amazon-bedrock-guardrailAction"):
		if lx.Once(&f.seen, guardrailBit) {
			f.intervened = lx.Next() == jsonwire.String && lx.TextIs("INTERVENED")
			f.bedrock = true
		}
	case lx.TextIs("amazon-bedrock-trace"):
	default:
		f.other = true
		f.mark(lx)
	}
}

// mark reads a member that may be a mark of one or more families.
func (f *findings) mark(lx *jsonwire.Lexer) {
	key := lx.Raw() // as it is before the value
	var room [maxEscaped]byte
	if lx.Escaped() {
		key = spelled(lx, room[:0])
	}
	var value jsonwire.Kind
	var answerEnds bool
	bit := uint(0)
	for _, family := range marks {
		for i := range family {
			m := &family[i]
			bit++
			if m.key != string(key) {
				continue
			}
			if value == jsonwire.Invalid {
				if !lx.Once(&f.seen, bit) {
					return
				}
				value = lx.Next()
				answerEnds = value == jsonwire.ArrayStart && firstAnswerEnds(lx)
			}
			f.note(m, lx, value)
			if m.ends == endsByAnswer && answerEnds || m.ended(lx, value) {
				f.ends |= 1 << m.shape
			}
		}
	}
}

// note notes what a mark shows of the shape and the event. value is the kind of its value, which lx
// has consumed if it is a scalar.
func (f *findings) note(m *mark, lx *jsonwire.Lexer, value jsonwire.Kind) {
	switch {
	case m.shows == showsAlways:
		f.shown++
		f.shape = m.shape
	// Of two that show it alone, Anthropic's "type" wins: no other shape has one at the top without
	// members that show the shape.
	case m.shows == showsAlone || m.shows == showsAloneText && value == jsonwire.String:
		if f.alone != AnthropicMessages {
			f.alone = m.shape
		}
	}
	if value == jsonwire.String && len(m.words) > 1 {
		for _, word := range m.words {
			if lx.TextIs(word) {
				f.event = eventKnown
			}
		}
		if lx.TextIs("error") {
			f.event = eventError
		}
	}
}

// ended reports whether a value that is not an array is the end of an answer.
func (m *mark) ended(lx *jsonwire.Lexer, value jsonwire.Kind) bool {
	switch m.ends {
	case endsAlways:
		return true
	case endsByReason:
		return value == jsonwire.String && len(lx.Raw()) != 0
	case endsByTrue:
		return value == jsonwire.True
	case endsByWord:
		return value == jsonwire.String && lx.TextIs(m.words[0])
	}
	return false
}

// firstAnswerEnds consumes an array of alternative answers, of which Bedrock's models send one, and
// reports whether the first has a mark.
func firstAnswerEnds(lx *jsonwire.Lexer) (ends bool) {
	var seen uint64
	for i := 0; lx.Next() != jsonwire.ArrayEnd && lx.Kind() != jsonwire.Invalid; i++ {
		if i > 0 || lx.Kind() != jsonwire.ObjectStart {
			lx.Skip()
			continue
		}
		for lx.Next() == jsonwire.Key {
			for n := range answerMarks {
				m := &answerMarks[n]
				if lx.TextIs(m.key) {
					ends = lx.Once(&seen, uint(n)) && m.ended(lx, lx.Next()) || ends
					break
				}
			}
			lx.Skip()
		}
	}
	return ends
}

// signs returns what the findings of a whole chunk mean.
func (f *findings) signs() signs {
	s := signs{intervened: f.intervened, failed: f.failed}
	switch {
	case f.shown > 1:
		return signs{mixed: true, intervened: f.intervened}
	case f.shown == 1:
		s.shape = f.shape
	case f.alone != ShapeUnknown:
		s.shape = f.alone
	case f.fault:
		s.shape = PlainError
	case f.bedrock && !f.other:
		s.shape = Metrics
	}
	s.marked = s.shape.marksEnd()
	if s.shape == AnthropicMessages {
		// An event that is newer than this package, or not Anthropic's at all, marks nothing. All others
		// but one may have an "error" that is not theirs.
		s.marked = f.event != eventUnknown
		s.failed = f.event == eventError || f.event == eventUnknown && f.failed
	}
	// Bedrock adds its metrics to the last chunk of a stream, whatever the model. In a chunk of their
	// own they don't say that the model had finished.
	s.end = s.marked && (f.ends&(1<<s.shape) != 0 || f.metrics)
	return s
}
