package crc

import (
	"hash/crc32"
	"runtime"
)

// Which inputs go to hash/crc32. Both are measured cut-offs, not a matter of
// correctness: the tests compare every length on both sides of them.
const (
	// hasInstruction tells the architectures with a CRC-32 instruction for this
	// polynomial. There hash/crc32 wins as soon as its call is paid for, and
	// needs no help with the tail. The comparison is constant, so the compiler
	// drops the branches that the target does not take.
	hasInstruction = runtime.GOARCH == "arm64" || runtime.GOARCH == "loong64"

	instructionMin = 16 // two steps of the tables cost about as much as one call
	vectorMin      = 64 // amd64 and s390x use vector code from here on
	vectorBlock    = 16 // ... for this many bytes at a time, and leave the rest to slow code
)

// Checksum returns the CRC-32/ISO-HDLC of p. The sum of no bytes is 0.
func Checksum(p []byte) uint32 { return Update(0, p) }

// Update returns the sum of the bytes that sum stands for, followed by p:
// Update(Checksum(a), b) == Checksum(append(a, b...)). It does not allocate and
// keeps no reference to p.
func Update(sum uint32, p []byte) uint32 {
	if hasInstruction && len(p) >= instructionMin {
		return crc32.Update(sum, crc32.IEEETable, p)
	}
	if hasInstruction || len(p) < vectorMin {
		return short(sum, p)
	}
	// The vector code gets the whole blocks that it wants. The 1 to 15 bytes
	// behind them would be summed byte by byte in hash/crc32, which for a frame
	// of 256 bytes costs as much again as the 240 before; the tables take two
	// steps.
	whole := len(p) &^ (vectorBlock - 1)
	sum = crc32.Update(sum, crc32.IEEETable, p[:whole])
	if whole == len(p) {
		return sum
	}
	return short(sum, p[whole:])
}

// Prelude returns the sum of the eight bytes that every frame starts with, the
// total length and the headers length. It is Checksum(p[:]) in a single step
// without a loop: each byte picks its contribution from the table of its
// distance to the end, and the eight are independent of each other.
func Prelude(p *[8]byte) uint32 {
	// The initial value 0xFFFFFFFF is folded into the first four bytes.
	return ^(slicing[7][^p[0]] ^ slicing[6][^p[1]] ^ slicing[5][^p[2]] ^ slicing[4][^p[3]] ^
		slicing[3][p[4]] ^ slicing[2][p[5]] ^ slicing[1][p[6]] ^ slicing[0][p[7]])
}

// short sums p with the tables. The state between steps is the complement of
// the sum, as everywhere in this family of CRCs.
func short(sum uint32, p []byte) uint32 {
	s := ^sum
	for len(p) >= 8 {
		// One slice to array conversion is one bounds check for eight loads. The
		// bytes are read one by one in reflected order, so the result does not
		// depend on the byte order of the machine; on little-endian ones the
		// compiler merges the first four into one load.
		q := (*[8]byte)(p)
		s ^= uint32(q[0]) | uint32(q[1])<<8 | uint32(q[2])<<16 | uint32(q[3])<<24
		// Each step waits for s of the one before. The other half of the bytes is
		// looked up meanwhile, and the brackets keep the way from s to s short:
		// without them it is four xors longer, and the step a fifth slower.
		ahead := (slicing[3][q[4]] ^ slicing[2][q[5]]) ^ (slicing[1][q[6]] ^ slicing[0][q[7]])
		s = ahead ^ ((slicing[7][byte(s)] ^ slicing[6][byte(s>>8)]) ^ (slicing[5][byte(s>>16)] ^ slicing[4][s>>24]))
		p = p[8:]
	}
	if len(p) >= 4 {
		// Half a step: message CRCs cover 4 bytes more than a multiple of 8 when
		// headers and payload are such a multiple, because they go on behind the
		// eight bytes of the prelude and skip only their own four.
		q := (*[4]byte)(p)
		s ^= uint32(q[0]) | uint32(q[1])<<8 | uint32(q[2])<<16 | uint32(q[3])<<24
		s = slicing[3][byte(s)] ^ slicing[2][byte(s>>8)] ^ slicing[1][byte(s>>16)] ^ slicing[0][s>>24]
		p = p[4:]
	}
	for _, c := range p {
		s = slicing[0][byte(s)^c] ^ s>>8
	}
	return ^s
}
