package crc

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write table.go from the polynomial")

// wantTables computes the tables from the polynomial, bit by bit.
func wantTables() (t [8][256]uint32) {
	const reflected = 0xEDB88320
	for i := range t[0] {
		s := uint32(i)
		for range 8 {
			if s&1 == 1 {
				s = s>>1 ^ reflected
			} else {
				s >>= 1
			}
		}
		t[0][i] = s
	}
	for k := 1; k < len(t); k++ {
		for i, s := range t[k-1] {
			t[k][i] = t[0][byte(s)] ^ s>>8
		}
	}
	return t
}

func tableSource() []byte {
	var b bytes.Buffer
	b.WriteString(`package crc

// Written by "go test ./crc -run TestTable -update"; the same test compares
// every entry with the polynomial.

// slicing[k][i] is the sum, without initial value and final xor, of the byte i
// followed by k zero bytes. It is never written to. As a literal it needs no
// code at start-up, and a program that does not use it does not link it.
var slicing = [8][256]uint32{
`)
	for _, row := range wantTables() {
		b.WriteString("\t{\n")
		for i := 0; i < len(row); i += 8 {
			b.WriteString("\t\t")
			for j, v := range row[i : i+8] {
				if j > 0 {
					b.WriteByte(' ')
				}
				fmt.Fprintf(&b, "0x%08x,", v)
			}
			b.WriteByte('\n')
		}
		b.WriteString("\t},\n")
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func TestTable(t *testing.T) {
	if *update {
		if err := os.WriteFile("table.go", tableSource(), 0o666); err != nil {
			t.Fatal(err)
		}
		t.Log("table.go is written anew; run again without -update to check what was compiled")
		return
	}
	want := wantTables()
	for k := range want {
		for i, w := range want[k] {
			if got := slicing[k][i]; got != w {
				t.Fatalf("slicing[%d][%d] = %#08x, want %#08x", k, i, got, w)
			}
		}
	}
	got, err := os.ReadFile("table.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, tableSource()) {
		t.Error("table.go is not what -update writes")
	}
}
