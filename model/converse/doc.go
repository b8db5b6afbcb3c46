// Package converse has the types of Converse, ConverseStream and CountTokens: requests with messages,
// blocks and tools, responses, and the events of the stream.
package converse
