//go:build race

package model_test

// underRace says that the race detector slows everything down some twenty times. The bounds on time
// are widened by it, and the longest sweeps sampled: there is but one goroutine to watch in them.
const underRace = true
