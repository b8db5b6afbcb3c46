package main

import (
	"math"
	"strconv"
)

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
