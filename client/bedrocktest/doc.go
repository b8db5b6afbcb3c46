// Package bedrocktest is a fake Amazon Bedrock on the loopback interface, for
// tests of programs that call it: a real server, with signatures and frames, that
// answers what a test tells it to and breaks where a test tells it to.
//
//	srv := bedrocktest.NewServer(bedrocktest.Text("Hello, ", "world"))
//	defer srv.Close()
//	// point the client at srv.URL, with the keys of bedrocktest.Credentials()
//
// # What it answers
//
// Each request takes the next [Reply] of the script, and the last one repeats.
// A server without a script echoes the prompt it finds in the request, in the
// chunks of the model's [Family]. [Server.Respond] decides request by request.
//
//	InvokeModel, InvokeModelWithResponseStream    the script, or the echo, in the form of the model's family
//	Converse, ConverseStream                      the same in the form that Converse has for all models
//	InvokeModelWithBidirectionalStream            what Server.Talk says, the script, or the echo: see below
//	CountTokens                                   a token for each four characters of the prompt
//	GetFoundationModel                            Server.Models, or a model made up from its id
//	Server.Handle                                 whatever a test adds
//	anything else                                 404, UnknownOperationException, as the service does
//
// Any prefix may precede the path, as a gateway would put one there. The reply
// that [Answer] makes has text, reasoning and tool calls, and takes the form of the
// operation and the model that a request asks for; [Text] does so with text.
//
// [Chunk], [Event], [Exception] and [ErrorMessage] build the frames that the service
// sends. A test may put any other bytes between them. Every frame is flushed.
//
// A stream in both directions takes HTTP/2 and a signature, and no API key. The
// signature and the date of each message are checked; a message that is not the
// client's next one ends the stream with a ValidationException. [Server.Talk] answers
// each chunk. Without it, each chunk takes one frame of the reply, and the end of the
// input takes the rest; without a script, each chunk comes back.
//
// # Whom it lets in
//
// Every request must be signed (Signature Version 4, service "bedrock", in the
// header or the query) with [Server.Credentials], or carry [Server.BearerToken].
// The signature is checked against the path, query, headers and body as they
// came, so a client that encodes a model id in one way and signs it in another is
// refused, as by the service. The path may also be signed without its empty and dot
// segments, as the SDKs for Python and JavaScript do, and over HTTP/2 :authority in
// place of the host. A presigned request without X-Amz-Expires is refused: what the
// service does with one is not documented. A signed id that no model can have, such as
// one that was escaped twice, is a ValidationException. [Server.Requests] has what arrived.
//
// # How it breaks
//
// A [Fault] names what goes wrong and where: at a byte of the response body or at
// a frame of it. It comes with the Reply, from [Server.Fault], or from the client's
// header [FaultHeader], such as by its Config.Header, in the syntax of [ParseFault]. Offsets count the bytes of the body, before the transfer
// coding of HTTP/1.1 or the DATA frames of HTTP/2.
//
//	fault        HTTP/1.1                                HTTP/2
//	reset        TCP RST                                 RST_STREAM; the connection lives
//	fin          TCP FIN without the last HTTP chunk     TCP FIN; all streams of the connection end
//	stall        silence, the connection stays open      the same
//	flip         one bit of one byte is inverted         the same
//	duplicate    a frame is sent twice                   the same
//	drop         a frame is left out                     the same
//	reorder      a frame changes places with the next    the same
//	drip         one byte a write from there on          one byte a DATA frame
//	slice        n bytes a write from there on           n bytes a DATA frame
//	late         the head comes late                     the same
//	end          the body ends politely                  END_STREAM
//	garbage      n bytes follow the last frame           the same
//
//	throttle     the first n tries get status 429        http         an exception, or a bare status
//	exception    an exception message ends the stream    error        an error message ends the stream
//	unknown      an event of an unknown type comes in    incomplete   the terminal event is missing
//	html         200 and a page, as a proxy would        type         another Content-Type, same bytes
//
// # Protocols
//
// Without TLS the server speaks HTTP/1.1, and HTTP/2 to clients that begin with it;
// with TLS it speaks both. [Server.Protocols] leaves only some of them. Without TLS, a
// client of another protocol gets an answer that it can read, and [Server.Warn] a line.
//
// # Trust
//
// The server listens on 127.0.0.1 (::1 where there is no such address) and
// refuses any other, because it is a tool for tests. A request's head is authenticated
// before its body is read. Bodies over 25,000,000 bytes are refused, those that are not
// authenticated yet have 100,000,000 bytes together, and the last 1000 requests are kept.
// [Server.Close] ends every connection, and returns when no goroutine of the server runs.
//
// The package needs no testing.T, so that commands can use it:
// `bedrockwire serve` is this server, for tests in any language.
package bedrocktest
