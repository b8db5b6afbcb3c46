// Command mutate changes a package in one place at a time and reports the changes that no test notices.
//
// Each change, a mutant, is what a slip of the keyboard or of the mind could leave: < for <=, a constant that is one off,
// a statement missing, an error dropped. A mutant that survives shows either a hole in the tests or code that does nothing.
// Mutants are built with Go's -overlay flag, so the files of the tree are never touched.
//
//	cd bench/peers
//	go run ./mutate -n 100 -seed 1 ../../signer     # 100 mutants, picked by the seed
//	go run ./mutate -n 0 ../../crc                  # all mutants
//	go run ./mutate -at reader.go:210 ../../frame   # all mutants of one line
//	go run ./mutate -tests ./frame ../../frame      # with the tests of frame only: fast, and finds more survivors
//	go run ./mutate -list ../../frame               # print the mutants, run nothing
//	go run ./mutate -listed ../../frame             # run the mutants of equivalent.txt instead of the others
//
// # Tests
//
// The short tests of the package run first, then those of every package of its module that imports it, fastest first.
// -tests gives a list instead, with packages named as in "./frame,./fuzz". The tests are run once without a change,
// to see that they pass and how long they take. A mutant whose tests run more than ten times as long (and at least
// -timeout) counts as killed by timeout. Tests run in a shell that limits their memory to -memory MiB.
//
// # Reading the output
//
// There is one line for each mutant that builds: file, line, function, the kind of change, the changed line, the outcome and the test
// package that noticed. Mutants that do not build are not counted. At the end the survivors are printed in the form of
// equivalent.txt, then the summary:
//
//	bedrockwire/signer: 100 mutants: 97 killed (2 by timeout), 3 survived (3.0 %); 4 more are listed as equivalent
//
// After an interrupt (Ctrl-C) it prints the summary of the mutants before.
//
// # Equivalent mutants
//
// Some mutants change nothing that a caller can observe, or only how long a call takes. They are listed in equivalent.txt and
// are not run. An entry is what the program prints for a survivor, with a reason:
//
//	frame/reader.go Reader.Next
//	- if free < need {
//	+ if free <= need {
//	why: time only: moves the bytes one frame earlier
//
// An entry names the function and has the text of the lines, so that it still holds when lines move. When the text
// changes, the entry matches nothing, and the program prints a notice: check it again, or remove it.
// -listed runs the listed mutants, to find those that a test kills by now.
package main
