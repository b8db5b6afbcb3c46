// Command hello is the floor of the programs that need no network: it writes a line.
package main

import "os"

func main() { os.Stdout.WriteString("hello\n") }
