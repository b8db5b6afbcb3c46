package converse

import "strconv"

// EventError says why an event can't be where it is in the stream, or can't be part of a message.
type EventError struct {
	Kind   EventKind
	Index  int // of the block, for events of a block
	Reason string
}

// Error returns the event's type, its block and the reason.
func (e *EventError) Error() string {
	text := "converse: " + e.Kind.String()
	if e.Kind >= BlockStart && e.Kind <= BlockStop {
		text += " of block " + strconv.Itoa(e.Index)
	}
	return text + " " + e.Reason
}

// What is known of a block.
const (
	blockBegun   uint8 = 1 << iota // its start or a delta came
	blockStarted                   // its start came
	blockTool                      // and began a tool call
	blockStopped
)

// Order checks that the events of a stream come in an order that makes a message:
//
//	messageStart
//	for each block, and blocks may overlap:
//		contentBlockStart     not for text and reasoning
//		contentBlockDelta     any number
//		contentBlockStop
//	messageStop
//	metadata                  may also come before messageStop
//
// A stream that ends before messageStop is not whole; see [Order.Complete]. Events of an unknown kind
// may come anywhere. The zero Order is ready to use. It keeps a byte a block and allocates for
// responses of more than 64 blocks only.
type Order struct {
	started, stopped bool
	near             [64]uint8
	far              []uint8 // blocks from len(near) on
}

// Check returns an *[EventError] if e can't be the next event. Such an event changes nothing: the
// events that follow are judged as if it had not come.
func (o *Order) Check(e *Event) error {
	if err := o.judge(e); err != nil {
		return err
	}
	o.note(e)
	return nil
}

// judge returns why e can't be the next event.
func (o *Order) judge(e *Event) error {
	reason := ""
	switch {
	case e.Kind == 0 || e.Kind > Metadata:
	case e.Kind == MessageStart && o.started:
		reason = "comes a second time"
	case e.Kind != MessageStart && !o.started:
		reason = "comes before messageStart"
	case e.Kind != Metadata && o.stopped:
		reason = "comes after messageStop"
	case e.Kind >= BlockStart && e.Kind <= BlockStop:
		reason = o.judgeBlock(e)
	}
	if reason != "" {
		return &EventError{Kind: e.Kind, Index: e.Index, Reason: reason}
	}
	return nil
}

func (o *Order) judgeBlock(e *Event) (reason string) {
	if e.Index < 0 {
		return "has a negative index"
	}
	if e.Index > MaxBlockIndex {
		return "has an index that is too large"
	}
	state := uint8(0)
	if e.Index < len(o.near)+len(o.far) {
		state = *o.state(e.Index)
	}
	switch {
	case state&blockStopped != 0:
		return "comes after the block's stop"
	case e.Kind == BlockStart && state&blockBegun != 0:
		return "comes after the block began"
	case e.Kind == BlockDelta && e.needsStart && state&blockStarted == 0,
		e.Kind == BlockDelta && e.Tool.Input != nil && state&blockTool == 0:
		return "comes before the block's start"
	}
	return ""
}

// note remembers e, which has been judged.
func (o *Order) note(e *Event) {
	switch e.Kind {
	case MessageStart:
		o.started = true
	case BlockStart:
		state := o.state(e.Index)
		*state |= blockBegun | blockStarted
		if e.Tool.ID != nil || e.Tool.Name != nil {
			*state |= blockTool
		}
	case BlockDelta:
		*o.state(e.Index) |= blockBegun
	case BlockStop:
		*o.state(e.Index) |= blockStopped
	case MessageStop:
		o.stopped = true
	}
}

// state returns what is known of a block.
func (o *Order) state(index int) *uint8 {
	if index < len(o.near) {
		return &o.near[index]
	}
	index -= len(o.near)
	if index >= len(o.far) {
		o.far = append(o.far, make([]uint8, index+1-len(o.far))...)
	}
	return &o.far[index]
}

// Complete reports whether messageStop came: the message is whole.
func (o *Order) Complete() bool { return o.stopped }
