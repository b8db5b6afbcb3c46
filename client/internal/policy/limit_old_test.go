//go:build !go1.26

package policy

// coreLimit is wider for older releases: crypto/hmac and the linker's tables take 50 KiB more there, of a
// smaller program. It still finds what grows.
const coreLimit = 500 << 10
