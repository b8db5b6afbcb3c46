package converse

import (
	"strconv"

	"bedrockwire/model"
)

// What is known of a block.
const (
	blockBegun   uint8 = 1 << iota // its start or a delta came
	blockStarted                   // its start came
	blockTool                      // and began a tool call
	blockStopped
)

// Order checks that the events of a stream come in the order that the package comment draws. Events
// of an unknown kind may come anywhere. The zero Order is ready to use and keeps a byte a block.
type Order struct {
	started, stopped bool
	blocks           []uint8
}

// Check returns a *[model.FieldError] if e can't be the next event: its Field is the event's type with
// the block's index, contentBlockDelta[3]. Such an event changes nothing: the events that follow are
// judged as if it had not come.
func (o *Order) Check(e *Event) error {
	reason := ""
	switch {
	case e.Kind == 0 || e.Kind > Metadata:
	case e.Kind == MessageStart && o.started:
		reason = "comes a second time"
	case e.Kind != MessageStart && !o.started:
		reason = "comes before messageStart"
	case e.Kind == Metadata:
	case o.stopped:
		reason = "comes after messageStop"
	case e.Kind == MessageStart:
		o.started = true
	case e.Kind == MessageStop:
		o.stopped = true
	case e.Index < 0:
		reason = "has a negative index"
	case e.Index > MaxBlockIndex:
		reason = "has an index that is too large"
	default:
		if e.Index >= len(o.blocks) {
			o.blocks = append(o.blocks, make([]uint8, e.Index+1-len(o.blocks))...)
		}
		reason = checkBlock(&o.blocks[e.Index], e)
	}
	if reason == "" {
		return nil
	}
	place := e.Kind.String()
	if e.Kind >= BlockStart && e.Kind <= BlockStop {
		place += "[" + strconv.Itoa(e.Index) + "]"
	}
	return &model.FieldError{Field: place, Reason: reason}
}

func checkBlock(state *uint8, e *Event) (reason string) {
	switch {
	case *state&blockStopped != 0:
		return "comes after the block's stop"
	case e.Kind == BlockStop:
		*state |= blockStopped
	case e.Kind == BlockStart && *state&blockBegun != 0:
		return "comes after the block began"
	case e.Kind == BlockStart:
		*state |= blockBegun | blockStarted
		if e.Tool.ID != nil || e.Tool.Name != nil {
			*state |= blockTool
		}
	case e.needsStart && *state&blockStarted == 0, e.Tool.Input != nil && *state&blockTool == 0:
		return "comes before the block's start"
	default:
		*state |= blockBegun
	}
	return ""
}

// Complete reports whether messageStop came: the message is whole.
func (o *Order) Complete() bool { return o.stopped }
