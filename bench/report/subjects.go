package main

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// sides are the three that a chart sets beside each other, as metrics name them: floor-ns/frame, ours-ns/frame,
// sdk-ns/frame.
var sides = [...]side{
	{"floor", "floor", "floor", "#8b949e"},
	{"ours", "bedrockwire", "ours", "#2f7fc1"},
	{"sdk", "AWS SDK for Go", "the SDK", "#d9822b"},
}

type side struct{ prefix, legend, word, colour string }

const (
	floorSide = iota
	ourSide
	sdkSide
)

// subject is one chart, and one section of RESULTS.md.
type subject struct {
	name, title string
	panels      []panel
}

// panel is a part of a chart whose bars have one unit: a benchmark's cases, each with up to three sides.
type panel struct {
	title  string
	floor  string // what the floor is; "" where there is none
	bench  string // the benchmark that has the metrics
	metric string // behind "ours-"
	format func(float64) string
	// above makes the bars tell what is above the floor, too, and the ratio be one of that.
	above bool
	// floorAlone says that there is no side of the SDK's.
	floorAlone bool
}

// bareFloor is what the floor is in the benchmarks over TLS.
const bareFloor = "net/http with the same headers, which does nothing with what it reads"

// subjects are what is drawn, in the order of RESULTS.md. The measuring is that of bench/peers.
var subjects = []subject{
	{"tls", "Over TLS, with a flush for each event, as the service sends them", []panel{
		{title: "time of a call whose answer is one chunk", floor: bareFloor, bench: "TLSCall", metric: "ns/call", format: duration},
		{title: "time a chunk of an answer of 1,000, the call's share included", floor: bareFloor, bench: "TLSChunk", metric: "ns/chunk", format: duration},
		{title: "processor time a chunk, 500 streams at once on one client", floor: bareFloor, bench: "TLSStreams", metric: "cpu-ns/event", format: duration},
		{title: "held by a stream that is open and waits, of 500, each side in a process of its own", floor: bareFloor,
			bench: "TLSMemory", metric: "B/stream", format: bytesOf},
		{title: "processor time an event, in a relay of 500 streams with TLS on both sides", floor: "a relay with net/http that passes the bytes on",
			bench: "TLSRelay", metric: "cpu-ns/relayed", format: duration, floorAlone: true},
	}},
	{"frame", "A frame, from bytes to headers and payload", []panel{
		{title: "time a frame, decoder against decoder", floor: "both checksums of the frame, by hash/crc32",
			bench: "FrameRatio", metric: "ns/frame", format: duration},
	}},
	{"chunk", "A chunk, from bytes to the model's bytes", []panel{
		{title: "time a chunk, codec against codec", bench: "FrameToChunkRatio", metric: "codec-ns/chunk", format: duration},
		{title: "time a chunk, client's stream against client's stream", floor: "hash/crc32 and encoding/base64 over the same frame, nothing else",
			bench: "FrameToChunkRatio", metric: "ns/chunk", format: duration},
		{title: "time a chunk of an answer of 1,000 without TLS, the call's share included", floor: "a bare read of the same answer with net/http",
			bench: "ClientChunk", metric: "ns/chunk", format: duration},
	}},
	{"call", "A call, without TLS", []panel{
		{title: "time of a call whose answer is one chunk", floor: "the same exchange with net/http", bench: "ClientCall", metric: "ns/call", format: duration},
		{title: "allocations of that call, over plain http with those of the server", bench: "ClientCall", metric: "allocs/call", format: count},
		{title: "time a chunk, 64 streams at once on one client", bench: "ClientParallel", metric: "ns/chunk", format: duration},
	}},
	{"sign", "A signature, its key cached", []panel{
		{title: "time a signature", floor: "SHA-256 and HMAC over texts that are at hand", bench: "SignRatio", metric: "ns/sign", format: duration},
	}},
	{"size", "What a program pays", []panel{
		{title: "stripped binary", floor: "a program that writes a line, or posts with net/http", bench: "Binary", metric: "B/binary", format: bytesOf, above: true},
		{title: "packages linked", floor: "the same program", bench: "Packages", metric: "packages", format: count, above: true},
		{title: "packages linked that are not the standard library's", bench: "Packages", metric: "packages-not-std", format: count},
		{title: "processor time of a build with an empty cache, standard library included", floor: "the program that posts with net/http",
			bench: "ColdBuild", metric: "cpu-s/build", format: seconds},
	}},
	{"memory", "Memory", []panel{
		{title: "allocated a chunk", bench: "StreamMemory", metric: "B/chunk", format: bytesOf},
		{title: "most that the heap grew by, garbage included", bench: "StreamMemory", metric: "peak-B", format: bytesOf},
		{title: "held by a stream that is open and waits, of 1,000 over plain http", floor: "net/http with a buffer of a frame's size",
			bench: "OpenStreams", metric: "B/stream", format: bytesOf},
		{title: "goroutines of such a stream", floor: "the same", bench: "OpenStreams", metric: "goroutines/stream", format: short},
	}},
}

// group is a case of a panel: a sub-benchmark, and what it measured.
type group struct {
	sub    string // the benchmark's name behind the first slash
	label  string // that in words
	values [len(sides)]float64
	has    [len(sides)]bool
	ratio  float64 // the SDK's value by ours, 0 where that says nothing
}

// bars is how many sides of a case there are to draw.
func (g group) bars() (n int) {
	for _, has := range g.has {
		if has {
			n++
		}
	}
	return n
}

// groups returns the cases of a panel that have a value of each side that it compares, in the order of the run; the floor
// may be missing.
func (r *results) groups(p panel) []group {
	var out []group
	for _, name := range r.order {
		head, rest, _ := strings.Cut(name, "/")
		if head != p.bench {
			continue
		}
		g := group{sub: rest, label: caseLabel(rest)}
		for i, s := range sides {
			g.values[i], g.has[i] = r.median(name, s.prefix+"-"+p.metric)
		}
		if !g.has[ourSide] || !g.has[sdkSide] && !(p.floorAlone && g.has[floorSide]) {
			continue
		}
		ours, sdk := g.values[ourSide], g.values[sdkSide]
		if p.above && g.has[floorSide] {
			ours, sdk = ours-g.values[floorSide], sdk-g.values[floorSide]
		}
		if ours > 0 && sdk > 0 {
			g.ratio = sdk / ours
		}
		out = append(out, g)
	}
	return out
}

// labels are the words for values in benchmarks' names that don't speak for themselves.
var labels = map[string]string{
	"job=decode": "decodes a stream", "job=sign": "signs a request", "job=client": "client, static keys", "job=config": "client, env and files",
	"via=memory": "in memory", "via=loopback": "over plain http", "attempt=first": "first attempt", "attempt=again": "retry", "token=none": "",
	"token=0.8KiB":   "0.8 KiB token",
	"protocol=http2": "over HTTP/2", "protocol=http1": "over HTTP/1.1",
	"streams=64": "", "streams=1000": "an open stream",
}

var sizeLabel = regexp.MustCompile(`^size=([0-9]+)$`)

// caseLabel turns the part of a benchmark's name behind the first slash into words.
func caseLabel(name string) string {
	var words []string
	for _, part := range strings.Split(name, "/") {
		word, known := labels[part]
		if m := sizeLabel.FindStringSubmatch(part); m != nil {
			word = "frame of " + wholeBytes(m[1])
		} else if key, value, ok := strings.Cut(part, "="); ok && !known {
			word = key + " of " + value
		} else if !known {
			word = part
		}
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// duration writes nanoseconds.
func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return short(ns) + " ns"
	case ns < 1e6:
		return short(ns/1e3) + " µs"
	case ns < 1e9:
		return short(ns/1e6) + " ms"
	}
	return short(ns/1e9) + " s"
}

func seconds(s float64) string { return short(s) + " s" }

// bytesOf writes a number of bytes in the binary units that Go's own tools count in.
func bytesOf(n float64) string {
	switch {
	case n < 1<<10:
		return count(n) + " B"
	case n < 1<<20:
		return short(n/(1<<10)) + " KiB"
	}
	return short(n/(1<<20)) + " MiB"
}

// wholeBytes writes the size in a benchmark's name, which is a power of two or small.
func wholeBytes(digits string) string {
	n, err := strconv.Atoi(digits)
	switch {
	case err != nil:
		return digits + " B"
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.Itoa(n>>20) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.Itoa(n>>10) + " KiB"
	}
	return digits + " B"
}

// count writes a number of things, whole where it is one.
func count(v float64) string {
	if v == math.Trunc(v) || v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return short(v)
}

// short writes a number with three significant digits and no exponent.
func short(v float64) string {
	digits := 2
	if a := math.Abs(v); a >= 100 {
		digits = 0
	} else if a >= 10 {
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}
