package crc

import (
	"encoding/binary"
	"hash/crc32"
	"runtime"
)

// The lengths from which inputs go to hash/crc32. They were measured and affect
// only speed: the tests compare every length on both sides of them.
const (
	// hasInstruction says whether the architecture has a CRC-32 instruction for
	// this polynomial. There hash/crc32 is faster from instructionMin on, last
	// bytes included. The comparison is constant, so the compiler drops the
	// branches that the target does not take.
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
	// The vector code gets whole blocks. hash/crc32 would sum the 1 to 15 bytes
	// after them byte by byte, which for a frame of 256 bytes takes as long as the
	// 240 bytes before. The tables take two steps.
	whole := len(p) &^ (vectorBlock - 1)
	sum = crc32.Update(sum, crc32.IEEETable, p[:whole])
	if whole == len(p) {
		return sum
	}
	return short(sum, p[whole:])
}

// Prelude returns the sum of the eight bytes that every frame starts with, the
// total length and the headers length. It is Checksum(p[:]) without a loop: the
// table for each byte's distance to the end has the byte's contribution.
func Prelude(p *[8]byte) uint32 {
	// The initial value 0xFFFFFFFF is folded into the first four bytes.
	return ^(slicing[7][^p[0]] ^ slicing[6][^p[1]] ^ slicing[5][^p[2]] ^ slicing[4][^p[3]] ^
		slicing[3][p[4]] ^ slicing[2][p[5]] ^ slicing[1][p[6]] ^ slicing[0][p[7]])
}

// short sums p with the tables. The state between steps is the complement of
// the sum.
func short(sum uint32, p []byte) uint32 {
	s := ^sum
	for len(p) >= 8 {
		q := (*[8]byte)(p)
		s ^= binary.LittleEndian.Uint32(q[:])
		// Each step needs s of the step before. The lookups in ahead don't, so the
		// processor does them meanwhile. The brackets keep the dependency short:
		// without them a step takes a fifth longer.
		ahead := (slicing[3][q[4]] ^ slicing[2][q[5]]) ^ (slicing[1][q[6]] ^ slicing[0][q[7]])
		s = ahead ^ ((slicing[7][byte(s)] ^ slicing[6][byte(s>>8)]) ^ (slicing[5][byte(s>>16)] ^ slicing[4][s>>24]))
		p = p[8:]
	}
	if len(p) >= 4 {
		// Half a step. If headers and payload are a multiple of 8 bytes, a message
		// CRC covers 4 bytes more than that: the stored prelude CRC.
		s ^= binary.LittleEndian.Uint32(p)
		s = slicing[3][byte(s)] ^ slicing[2][byte(s>>8)] ^ slicing[1][byte(s>>16)] ^ slicing[0][s>>24]
		p = p[4:]
	}
	for _, c := range p {
		s = slicing[0][byte(s)^c] ^ s>>8
	}
	return ^s
}
