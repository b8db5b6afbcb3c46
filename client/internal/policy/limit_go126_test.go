//go:build go1.26

package policy

// coreLimit is what the core may add to the smallest program that writes to standard output.
const coreLimit = 450 << 10
