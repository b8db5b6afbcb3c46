// Command bedrockwire calls models of Amazon Bedrock and streams their answers. It also reads,
// signs and fakes the protocol.
//
//	bedrockwire invoke   send a prompt or a request body in a model's own format and stream the answer
//	bedrockwire converse send a prompt, files and tools in the format that Converse has for all models
//	bedrockwire talk     talk with a speech model in both directions, an event a line
//	bedrockwire decode   print a captured event stream, frame by frame
//	bedrockwire sign     sign a request and print the headers, or the URL, to send
//	bedrockwire serve    run a fake Bedrock on loopback, for tests in any language
//	bedrockwire model    show a model's name, provider, and whether it supports response streaming
//	bedrockwire version  print the version
//
// Each has its flags and examples under -h. This one needs no account and no network:
//
//	bedrockwire converse -demo -prompt "Hello"
//
// # What goes where
//
// Standard output has the answer and nothing else, written piece by piece as it comes. Everything
// about the answer goes to standard error: errors and what to do about them, tool calls, the
// model's reasoning (-reasoning), a warning where the model stopped before it was done, the steps
// of the call (-v). On a terminal there are also a status line and a summary, unless -quiet is set
// or standard output is a pipe.
//
// -output json prints the model's own events, or those of Converse, one a line, and -output raw the
// bytes of the event stream. -save keeps those bytes in a file while something else is shown, and
// decode reads them. With -no-stream there is one body of JSON in their place.
//
// # What was not understood
//
// An answer may have chunks that this version can't read: chunks in a format that is new, or that
// are not JSON. Text output then has the rest of the answer and ends with status 1, and standard
// error says how many chunks were not understood and why. -output json has every chunk.
//
// # Trust
//
// Text from a server or a model is never printed as it came. In text, control characters, escape
// sequences and controls of text direction become U+FFFD or a blank, except the line feeds and tabs
// of a model's answer. In JSON they are written as \u escapes, which keeps their meaning. The
// exception is -output raw, which refuses to write to a terminal. No key, token or signature is
// printed, not even with -v. Only sign prints signatures, which is its purpose.
//
// # Settings
//
// Region, endpoint and credentials are found where other AWS tools find them: flags first, then the
// environment, then the profile, see packages bedrockwire/client/config and
// bedrockwire/client/credentials. invoke -explain shows where they are looked for and what was
// found. TERM, NO_COLOR and COLUMNS describe the terminal. COLUMNS is the window's width. Without
// it, the status line is drawn only where it can't disturb the text at any width.
//
// # Exit status
//
//	0    fine
//	1    other: a file that can't be read or written, no connection, a response that is not Bedrock's,
//	     a part of the answer that was not understood (text output)
//	2    usage: flags and arguments, or a request that can't be right
//	3    no usable credentials or region
//	4    refused by the service
//	5    an error of the service that may pass: throttling, a model that is not ready, ...
//	6    the stream broke: cut, corrupt, stalled, or ended before the model's last event
//	130  interrupted; the part of the answer that had come was written
package main
