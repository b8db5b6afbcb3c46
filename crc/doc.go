// Package crc computes the checksum that guards every frame of Amazon's
// event-stream encoding: CRC-32/ISO-HDLC, which zlib, Ethernet and IEEE 802.3
// know as plain CRC-32.
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
// Both sums start at byte 0, so the second one goes on where the first one
// stopped:
//
//	sum := crc.Prelude((*[8]byte)(b))           // compare with b[8:12]
//	sum = crc.Update(sum, b[8:len(b)-4])        // compare with b[len(b)-4:]
//
// Both are stored big-endian. For that reason the well-known residue check
// (the sum over data and checksum together is a constant) does not hold for
// frames, and the sums are compared as numbers.
//
// # Speed
//
// Long inputs go to hash/crc32, which uses the processor's carry-less multiply
// or CRC instructions. It pays a fixed price for each call, and sums up the
// last bytes of an input one by one; frames are short, so both would show.
// Inputs below a cut-off, and the tail that the hardware leaves over, are
// therefore summed here, eight bytes a step with eight tables (Kounavis and
// Berry, "A Systematic Approach to Building High Performance, Software-based,
// CRC Generators", 2005). A sweep over lengths in this module's bench folder
// compares both at every size.
//
// # Trust
//
// A CRC detects accidents: every burst of up to 32 bits, and every two flipped
// bits in frames of realistic size. It is not keyed. Whoever can write to the
// stream can write a right checksum, so lengths that pass it still need limits.
package crc
