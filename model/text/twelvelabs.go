package text

var twelveLabsMarks = []mark{
	{key: "finishReason", shape: TwelveLabsPegasus, shows: showsAlways, ends: endsByReason},
}

// pegasus reads {"message":"...","finishReason":null} of TwelveLabs' Pegasus. Its requests need a
// video, so that there is no prompt for it.
func (x *extractor) pegasus() {
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fMessage:
			x.answer()
		case fPegasusReason:
			x.d.StopReason = x.reason()
		default:
			x.common(m.field)
		}
	}
}
