package bedrocktest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
)

var goodFaults = []struct {
	text  string
	fault bedrocktest.Fault
	print string // empty: as text
}{
	{"", bedrocktest.Fault{}, "none"},
	{"  ", bedrocktest.Fault{}, "none"},
	{"none", bedrocktest.Fault{}, ""},
	{"reset", bedrocktest.Fault{Kind: bedrocktest.FaultReset}, ""},
	{" reset@byte=120 ", bedrocktest.Fault{Kind: bedrocktest.FaultReset, Byte: 120}, "reset@byte=120"},
	{"fin@frame=3", bedrocktest.Fault{Kind: bedrocktest.FaultFIN, Frame: 3}, ""},
	{"fin@byte=5,frame=3", bedrocktest.Fault{Kind: bedrocktest.FaultFIN, Frame: 3, Byte: 5}, "fin@frame=3,byte=5"},
	{"reset@head", bedrocktest.Fault{Kind: bedrocktest.FaultReset, Byte: bedrocktest.Head}, ""},
	{"end@byte=9223372036854775807", bedrocktest.Fault{Kind: bedrocktest.FaultEnd, Byte: 1<<63 - 1}, ""},
	{"stall", bedrocktest.Fault{Kind: bedrocktest.FaultStall}, "stall=0s"},
	{"stall=2s@frame=1", bedrocktest.Fault{Kind: bedrocktest.FaultStall, Delay: 2 * time.Second, Frame: 1}, ""},
	{"flip@byte=3", bedrocktest.Fault{Kind: bedrocktest.FaultFlip, Byte: 3}, "flip=0@byte=3"},
	{"flip=7@frame=2,byte=30", bedrocktest.Fault{Kind: bedrocktest.FaultFlip, N: 7, Frame: 2, Byte: 30}, ""},
	{"duplicate@frame=1", bedrocktest.Fault{Kind: bedrocktest.FaultDuplicate, Frame: 1}, ""},
	{"drop@frame=1", bedrocktest.Fault{Kind: bedrocktest.FaultDrop, Frame: 1}, ""},
	{"reorder", bedrocktest.Fault{Kind: bedrocktest.FaultReorder}, ""},
	{"drip", bedrocktest.Fault{Kind: bedrocktest.FaultDrip, Delay: time.Millisecond}, "drip=1ms"},
	{"drip@delay=10ms", bedrocktest.Fault{Kind: bedrocktest.FaultDrip, Delay: 10 * time.Millisecond}, "drip=10ms"},
	{"slice", bedrocktest.Fault{Kind: bedrocktest.FaultSlice, N: 7}, "slice=7"},
	{"slice=3@byte=100,delay=1ms", bedrocktest.Fault{Kind: bedrocktest.FaultSlice, N: 3, Byte: 100, Delay: time.Millisecond}, ""},
	{"late=500ms", bedrocktest.Fault{Kind: bedrocktest.FaultLate, Delay: 500 * time.Millisecond}, ""},
	{"garbage=16", bedrocktest.Fault{Kind: bedrocktest.FaultGarbage, N: 16}, ""},
	{"throttle", bedrocktest.Fault{Kind: bedrocktest.FaultThrottle, N: 1}, "throttle=1"},
	{"throttle=2", bedrocktest.Fault{Kind: bedrocktest.FaultThrottle, N: 2}, ""},
	{"http=ThrottlingException", bedrocktest.Fault{Kind: bedrocktest.FaultHTTP, Code: "ThrottlingException"}, ""},
	{"http=503", bedrocktest.Fault{Kind: bedrocktest.FaultHTTP, Code: "503"}, ""},
	{"exception=throttlingException@frame=2", bedrocktest.Fault{Kind: bedrocktest.FaultException, Code: "throttlingException", Frame: 2}, ""},
	{"error=internal-error", bedrocktest.Fault{Kind: bedrocktest.FaultError, Code: "internal-error"}, ""},
	{"unknown", bedrocktest.Fault{Kind: bedrocktest.FaultUnknown, Code: "somethingNew"}, "unknown=somethingNew"},
	{"incomplete", bedrocktest.Fault{Kind: bedrocktest.FaultIncomplete}, ""},
	{"html", bedrocktest.Fault{Kind: bedrocktest.FaultHTML}, ""},
	{"type=application/json;charset=utf-8", bedrocktest.Fault{Kind: bedrocktest.FaultContentType, Code: "application/json;charset=utf-8"}, ""},
}

func TestParseFault(t *testing.T) {
	kinds := map[bedrocktest.FaultKind]bool{}
	for _, row := range goodFaults {
		f, err := bedrocktest.ParseFault(row.text)
		if err != nil || f != row.fault {
			t.Errorf("%q: %+v, %v; want %+v", row.text, f, err, row.fault)
			continue
		}
		want := row.print
		if want == "" {
			want = row.text
		}
		if got := f.String(); got != want {
			t.Errorf("%q prints as %q, want %q", row.text, got, want)
		}
		if again, err := bedrocktest.ParseFault(f.String()); again != f || err != nil {
			t.Errorf("%q reads back as %+v, %v", f.String(), again, err)
		}
		kinds[f.Kind] = true
	}
	for k := bedrocktest.FaultNone; k <= bedrocktest.FaultContentType; k++ {
		if !kinds[k] {
			t.Errorf("no row for %v", k)
		}
		if f, err := bedrocktest.ParseFault(k.String()); err != nil || f.Kind != k {
			t.Errorf("%v alone: %v %v", k, f, err)
		}
	}
	if s := bedrocktest.FaultKind(200).String(); s != "FaultKind(200)" {
		t.Error(s)
	}
	if s := (bedrocktest.Fault{Kind: 200, Byte: 3}).String(); s != "FaultKind(200)" {
		t.Error(s)
	}
}

func TestParseFaultRefuses(t *testing.T) {
	for _, row := range []struct{ text, part, reason string }{
		{"explode", "explode", "is not a fault's name"},
		{"Reset", "Reset", "is not a fault's name"},
		{"=3", "", "is not a fault's name"},
		{"@byte=3", "", "is not a fault's name"},
		{"none@byte=3", "none", "is not a fault's name"},
		{"reset;fin", "reset;fin", "is not a fault's name"},
		{"reset=3", "reset=3", "takes no value"},
		{"reset@", "", "is none of frame, byte, head and delay"},
		{"reset@where=3", "where=3", "is none of"},
		{"reset@byte", "byte", "is not an offset"},
		{"reset@byte=-1", "byte=-1", "is not an offset"},
		{"reset@byte=9223372036854775808", "byte=9223372036854775808", "is not an offset"},
		{"reset@frame=2147483648", "frame=2147483648", "is not a frame's index"},
		{"reset@frame=1,frame=2", "frame=2", "is there twice"},
		{"reset@frame=1,head", "frame=1,head", "is two places"},
		{"reset@head,byte=3", "head,byte=3", "is two places"},
		{"reset@head=1", "head=1", "takes no value"},
		{"flip@head", "flip@head", "only reset, fin and stall"},
		{"flip=8", "flip=8", "is out of range"},
		{"flip=x", "flip=x", "is not a number"},
		{"slice=0", "slice=0", "is out of range"},
		{"garbage=1048577", "garbage=1048577", "is not a number from 0 to 1048576"},
		{"throttle=-1", "throttle=-1", "is not a number"},
		{"stall=soon", "stall=soon", "is not a duration"},
		{"stall=61m", "stall=61m", "is not a duration from 0s to 1h0m0s"},
		{"drip@delay=-1s", "delay=-1s", "is not a duration"},
		{"http=", "http=", "is not a word"},
		{"http=199", "http=199", "is not a status"},
		{"http=1000", "http=1000", "is not a status"},
		{"type=a b", "type=a b", "is not a word"},
		{"exception=\r\nX-Evil", "exception=\r\nX-Evil", "is not a word"},
		{"unknown=é", "unknown=é", "is not a word"},
		{strings.Repeat("x", 100), strings.Repeat("x", 64), "is not a fault's name"},
	} {
		f, err := bedrocktest.ParseFault(row.text)
		var pe *bedrocktest.ParseError
		if !errors.As(err, &pe) || pe.Text != row.part || !strings.Contains(pe.Reason, row.reason) || f != (bedrocktest.Fault{}) {
			t.Errorf("%q: %+v, %v", row.text, f, err)
			continue
		}
		if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: the error is not printable: %q", row.text, err.Error())
		}
	}
}

// FuzzParseFault: what is read prints in a form that reads the same, and nothing
// makes the parser panic.
func FuzzParseFault(f *testing.F) {
	for _, row := range goodFaults {
		f.Add(row.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := bedrocktest.ParseFault(text)
		if err != nil {
			var pe *bedrocktest.ParseError
			if !errors.As(err, &pe) || len(pe.Text) > 64 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		again, err := bedrocktest.ParseFault(fault.String())
		// Only a delay that its kind has no use for may get lost.
		if again.Delay == 0 {
			again.Delay = fault.Delay
		}
		if err != nil || again != fault {
			t.Fatalf("%q became %+v, which prints as %q and reads as %+v, %v", text, fault, fault, again, err)
		}
	})
}
