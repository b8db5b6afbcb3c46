//go:build !unix

package readfile

// nonBlocking is not needed where there are no FIFOs in the file system.
const nonBlocking = 0
