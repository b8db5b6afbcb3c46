package text

// MaxAnswer is how many bytes of text, reasoning and tool input an [Answer] keeps of one answer. The
// longest that models give are a few MiB.
const MaxAnswer = 64 << 20

// Answer adds up the deltas of one answer. Its zero value is an empty answer. It owns its memory: a
// delta may be changed once it was added.
//
// Of an answer with several choices it keeps the one with index 0; chunks of the others count as not
// understood.
type Answer struct {
	Text    []byte
	Refusal bool // the model refused: Text is what it said
	// Thoughts are the blocks of the model's reasoning. A request that goes on after a tool call sends
	// them back as they are.
	Thoughts   []Thought
	StopReason string // the model's own word
	Guardrail  string // INTERVENED where a guardrail has replaced or blocked the answer
	Usage      Usage
	// End says that the end mark was seen.
	End bool
	// Code and Message are the model's own words for an error that it reported.
	Code, Message string
	Failed        bool
	// NotUnderstood counts the chunks whose Kind was [Unknown], or that there was no room for. What
	// was understood of them has been added.
	NotUnderstood int

	calls               []Call
	textHalf, thinkHalf half
	size                int
}

// Thought is a block of reasoning: text with its signature, or redacted data in base64.
type Thought struct {
	Text, Signature, Redacted []byte
	index                     int
}

// Call is a tool call.
type Call struct {
	ID, Name string
	Input    []byte // JSON; {} where the model sent no input

	index int
	start bool // Input came with the start of the block, and pieces would replace it
}

// Add adds what one chunk holds.
func (a *Answer) Add(d *Delta) {
	if d.Kind == Unknown {
		a.NotUnderstood++
	}
	if d.Usage.Input != 0 {
		a.Usage.Input = d.Usage.Input
	}
	if d.Usage.Output != 0 {
		a.Usage.Output = d.Usage.Output
	}
	if d.Usage.CacheRead != 0 {
		a.Usage.CacheRead = d.Usage.CacheRead
	}
	if d.Usage.CacheWrite != 0 {
		a.Usage.CacheWrite = d.Usage.CacheWrite
	}
	if d.Guardrail != nil && a.Guardrail != "INTERVENED" {
		a.Guardrail = string(d.Guardrail)
	}
	if d.Shape == ChatChoices && d.Index != 0 {
		if d.Kind != Unknown && d.Kind != None {
			a.NotUnderstood++
		}
		return
	}
	a.End = a.End || d.End
	if d.StopReason != nil {
		a.StopReason = string(d.StopReason)
	}
	if d.Kind == Fault || d.Code != nil {
		a.Failed, a.Code, a.Message = true, string(d.Code), string(d.Message)
	}
	a.size += len(d.Text) + len(d.Reasoning) + len(d.Signature) + len(d.Redacted) + len(d.Tool.ID) + len(d.Tool.Name) +
		len(d.Tool.Input) + len(d.calls)
	if a.size > MaxAnswer {
		a.NotUnderstood++
		return
	}
	if len(d.Text) != 0 {
		a.Text = join(a.Text, d.Text, a.textHalf, d.textHalf)
		a.textHalf = d.textHalf
		a.Refusal = a.Refusal || d.Refusal
	}
	a.think(d)
	// After the pieces of all calls, Cohere sends the calls once more, whole.
	if string(d.Event) == "tool-calls-generation" && d.Tool.Calls != 0 {
		a.calls = nil
	}
	for t := range d.ToolCalls() {
		a.call(&t, d.BlockStart)
	}
}

// think adds a piece of reasoning.
func (a *Answer) think(d *Delta) {
	if len(d.Reasoning)+len(d.Signature)+len(d.Redacted) == 0 {
		return
	}
	n := len(a.Thoughts)
	if n == 0 || a.Thoughts[n-1].index != d.Index || d.BlockStart {
		a.Thoughts = append(a.Thoughts, Thought{index: d.Index})
		a.thinkHalf = half{}
		n++
	}
	t := &a.Thoughts[n-1]
	if len(d.Reasoning) != 0 {
		t.Text = join(t.Text, d.Reasoning, a.thinkHalf, d.thinkHalf)
		a.thinkHalf = d.thinkHalf
	}
	t.Signature = append(t.Signature, d.Signature...)
	t.Redacted = append(t.Redacted, d.Redacted...)
}

// call adds a piece of a tool call.
func (a *Answer) call(t *Tool, start bool) {
	c := a.callAt(t, start)
	if c == nil {
		a.calls = append(a.calls, Call{index: t.Index, start: start})
		c = &a.calls[len(a.calls)-1]
	}
	if len(t.ID) != 0 {
		c.ID = string(t.ID)
	}
	if len(t.Name) != 0 {
		c.Name = string(t.Name)
	}
	if c.start && !start && len(t.Input) != 0 {
		c.Input, c.start = nil, false
	}
	c.Input = append(c.Input, t.Input...)
}

// callAt returns the call that t is a piece of, nil for a new one. Pieces of a call have its index;
// servers that send none, or send 0 for every call, tell calls apart by their ids, or name each.
func (a *Answer) callAt(t *Tool, start bool) *Call {
	if start {
		return nil
	}
	for i := len(a.calls) - 1; i >= 0; i-- {
		c := &a.calls[i]
		if c.index != t.Index {
			continue
		}
		switch {
		case len(t.ID) != 0 && c.ID != "":
			if c.ID == string(t.ID) {
				return c
			}
			continue
		case len(t.ID) == 0 && len(t.Name) != 0 && len(c.Input) != 0:
			return nil
		}
		return c
	}
	return nil
}

// ToolCalls returns the model's tool calls in the order in which they began, each whole once the
// answer is.
func (a *Answer) ToolCalls() []Call {
	calls := make([]Call, len(a.calls))
	for i, c := range a.calls {
		if len(c.Input) == 0 {
			c.Input = []byte("{}")
		}
		calls[i] = c
	}
	return calls
}

// Reasoning returns the text of all thoughts.
func (a *Answer) Reasoning() []byte {
	var all []byte
	for i := range a.Thoughts {
		all = append(all, a.Thoughts[i].Text...)
	}
	return all
}

// Whole reports whether the answer has come to its end, without an error, and all of it was
// understood.
func (a *Answer) Whole() bool { return a.End && !a.Failed && a.NotUnderstood == 0 }
