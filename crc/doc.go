// Package crc computes the checksum of the frames of Amazon's event-stream
// encoding: CRC-32/ISO-HDLC, which zlib, Ethernet and IEEE 802.3 call CRC-32.
//
// # Parameters
//
// Width 32, polynomial 0x04C11DB7, reflected (0xEDB88320 in the order in which
// the bits are used here), initial value and final xor 0xFFFFFFFF. The check
// value, the sum of the nine bytes "123456789", is 0xCBF43926. Smithy's
// "Amazon Event Stream" page names the CRC32 of RFC 1952 (gzip), which is this
// one.
//
// # Where it sits in a frame
//
//	0        4        8        12                           total-4   total
//	+--------+--------+--------+---------------+------------+---------+
//	| total  | headers| prelude| header block  | payload    | message |
//	| length | length | CRC    |               |            | CRC     |
//	+--------+--------+--------+---------------+------------+---------+
//	|<-- Prelude ---->|        |                            |
//	|<------------ Update(prelude, the rest) -------------->|
//
// Both sums start at byte 0, so the second one continues the first one:
//
//	sum := crc.Prelude((*[8]byte)(b))           // compare with b[8:12]
//	sum = crc.Update(sum, b[8:len(b)-4])        // compare with b[len(b)-4:]
//
// Both are stored big-endian. So the residue check (the sum over data and
// checksum together is a constant) does not hold for frames, and the sums are
// compared as numbers.
//
// # Speed
//
// Long inputs go to hash/crc32, which uses the processor's carry-less multiply
// or CRC instructions. It has a fixed cost per call, and sums the last bytes of
// an input one by one, which is slow for short frames. So this package sums
// inputs below a cut-off, and the last bytes of longer ones, eight bytes a step
// with eight tables (Kounavis and Berry, "A Systematic Approach to Building High
// Performance, Software-based, CRC Generators", 2005). A benchmark in this
// module's bench folder compares both at every size.
//
// # Trust
//
// A CRC detects accidents: every burst of up to 32 bits, and every two flipped
// bits in frames of realistic size. It has no key. Anyone who can write to the
// stream can compute a right checksum, so lengths that pass it still need limits.
package crc
