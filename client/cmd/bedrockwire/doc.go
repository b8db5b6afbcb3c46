// Command bedrockwire streams answers of Amazon Bedrock's models, and reads, signs and fakes the protocol they come by.
//
//	bedrockwire invoke   send a prompt or a request body to a model and stream its answer
//	bedrockwire decode   print a captured event stream, frame by frame
//	bedrockwire sign     sign a request and print the headers, or the URL, to send
//	bedrockwire serve    be a fake Bedrock on loopback, for tests in any language
//	bedrockwire model    tell a model's name, provider, and whether it supports response streaming
//	bedrockwire version  print the version
//
// Each has its flags and examples under -h. This one needs no account and no network:
//
//	bedrockwire invoke -demo -prompt "Hello"
//
// # What goes where
//
// Standard output has the answer and nothing else, written piece by piece as it comes. Whatever is said about it goes to
// standard error: errors with what to do about them, tool calls, the model's reasoning (-reasoning), a warning where the
// model stopped before it was done, the steps of the call (-v). On a terminal a status line and a summary come on top
// (not with -quiet, and not where standard output is a pipe).
//
// -output json prints the model's own events, one a line, and -output raw the bytes of the event stream; -save keeps those
// bytes in a file while something else is shown, and decode reads them.
//
// # Trust
//
// Text that a server or a model chose is never printed as it came. In text, control characters, escape sequences and
// controls of text direction become U+FFFD or a blank, a model's line feeds and tabs excepted; in JSON they are
// written as \u escapes, which keeps their meaning. The exception is -output raw, which refuses to write to a terminal. No
// key, token or signature is printed, under -v neither, except by sign, whose work they are.
//
// # Settings
//
// Region, endpoint and credentials are found where other AWS tools find them: flags first, then the environment, then the
// profile, see packages bedrockwire/client/config and bedrockwire/client/credentials. invoke -explain shows where was looked
// and what was found. Of a terminal's environment TERM, NO_COLOR and COLUMNS count. COLUMNS is the window's width for the
// status line, which is drawn with or without it, but only where it can't disturb the text.
//
// # Exit status
//
//	0    fine
//	1    other: a file that can't be read, no connection, an answer that is not Bedrock's
//	2    usage: flags and arguments, or a request that can't be right
//	3    no usable credentials or region
//	4    refused by the service
//	5    an error of the service that may pass: throttling, a model that is not ready, ...
//	6    the stream broke: cut, corrupt, stalled, or over before the model's last event
//	130  interrupted; what came so far has been written
package main
