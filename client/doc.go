// Package client calls the operations of Amazon Bedrock. InvokeModel, Converse, their streams,
// CountTokens and GetFoundationModel have a method each. [Client.Do] and [Client.Events] call any
// other. [Client.InvokeModelWithBidirectionalStream] talks with a speech model: messages go both
// ways at the same time. [WithOptions] changes settings for one call. [Classify], [Hint],
// [CredentialsRefused] and [ModelNotEnabled] say what to do about an error.
//
//	c, err := client.New(client.Config{Region: "us-east-1", Credentials: keys})
//	...
//	s, err := c.InvokeModelWithResponseStream(ctx, &model.InvokeModelWithResponseStreamRequest{ModelID: id, Body: body})
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	for chunk, err := range s.All() {
//		if err != nil {
//			return err // the chunks so far are good, but the answer is not whole
//		}
//		use(chunk) // JSON in the model's own format
//	}
//
// # Trust
//
// A request is checked as a whole before any of it is sent: the region and the endpoint by [New],
// the request by its Validate, keys and tokens when they are used. Requests go to the endpoint's
// host and nowhere else: redirects are refused. Plain http goes to loopback only, unless
// [Config].AllowHTTP is set.
//
// Of a response, the status is checked first, then Content-Encoding and Content-Type. Only then are
// its bytes read as frames, and these are checked in the order that package frame describes. Text
// from the service is cleaned and cut before it appears in an error.
//
// # Memory
//
// A stream has one buffer for the current frame and one for its chunk. The bytes that Next returns
// are valid until the next call. Streams share nothing.
//
// The memory of a request's body must not change until the call or its stream has ended, because
// the peer may respond before it has read the whole request. After that, no byte of it is read,
// whichever way the call ended.
//
// # End of stream
//
// An answer is whole or it is an error. A stream whose format has an end mark ends with
// [ErrIncomplete] if the mark has not come; [Config].AllowIncomplete turns that into io.EOF.
// Package text knows the formats. In a format that it does not know, io.EOF between two frames is a
// clean end, and [Stream.Complete] reports what is known. Every other end is a [*StreamError],
// which says how many events came before it. [SafeToRetry] reports whether none did.
//
// # Repeated requests
//
// Each sending of a request is an attempt: it is counted, logged, limited and signed anew. net/http
// repeats none by itself. The table at [Retry] says after which failures a request is sent again.
//
// # Waiting
//
// Each wait for the peer has a limit, see [Timeouts]. A wait that passes it ends in a
// [*StallError]. Only the context limits a whole call or stream. A stream has no goroutine of its
// own, except that one in both directions has one until its response's head is there. net/http's
// transport has some for each connection. [Client.Connect] opens a connection before the first
// call, which then does not wait for it.
package client

// The files, from the caller's choices to the connection and back:
//
//	config.go      what a caller can choose, and the defaults; calloptions.go, for one call
//	client.go      Client, and New
//	invoke.go, converse.go, counttokens.go, foundation.go   the operations: a binding and a method each
//	bidirectional.go   the operation whose request is a stream too
//	call.go        Do and Events: operations without a method of their own
//	request.go     what a call sends; bindings
//	attempt.go     one attempt: headers, signature, response head, a body of JSON
//	retry.go       which attempt follows, and when; skew.go corrects the clock
//	delivery.go    how far a request got, and whether the peer may have processed it
//	upload.go      the request's body
//	body.go        the response's body: deadlines, cancelling, Close
//	events.go      frames -> events of any operation
//	stream.go      events -> chunks; tail.go decides whether the response is whole;
//	               buffered.go counts what has arrived
//	endpoint.go    region or URL -> scheme, host and path prefix; the escaping of a path label
//	header.go      checks of headers that a caller sets
//	transport.go   the HTTP transport; connect.go opens a connection ahead of a call
//	log.go         what the log hook sees
//	errors.go      the errors, a type each; classify.go sorts them, hint.go says what a person can do
