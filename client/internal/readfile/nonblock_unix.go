//go:build unix

package readfile

import "syscall"

// nonBlocking makes the open of a FIFO return at once.
const nonBlocking = syscall.O_NONBLOCK
