package frame

// Default limits of a frame. Smithy's "Amazon Event Stream" gives payload and headers sizes that
// services must keep to, and asks clients not to enforce them. This package enforces them, because
// a checksum does not prove good will and memory is finite. Bedrock's own frames are far smaller:
// a chunk is modelled as at most 1,000,000 bytes.
const (
	// DefaultMaxFrame is the largest total length: the largest legal payload, 24 MiB, and the
	// overhead of a frame.
	DefaultMaxFrame = 24<<20 + overhead

	// DefaultMaxHeaders is the largest legal header block, 128 KiB.
	DefaultMaxHeaders = 128 << 10

	// DefaultMaxHeaderCount is the limit of aws-c-event-stream. The specification has none.
	DefaultMaxHeaderCount = 1024
)

// Limits are the sizes above which a [Reader] refuses a frame with ErrTooLarge. A field that is
// zero or negative means its default.
type Limits struct {
	MaxFrame       int // bytes of a whole frame, default DefaultMaxFrame
	MaxHeaders     int // bytes of a header block, default DefaultMaxHeaders
	MaxHeaderCount int // headers in a frame, default DefaultMaxHeaderCount
}

// orDefault returns l with its defaults filled in.
func (l Limits) orDefault() Limits {
	if l.MaxFrame <= 0 {
		l.MaxFrame = DefaultMaxFrame
	}
	if l.MaxHeaders <= 0 {
		l.MaxHeaders = DefaultMaxHeaders
	}
	if l.MaxHeaderCount <= 0 {
		l.MaxHeaderCount = DefaultMaxHeaderCount
	}
	return l
}
