// Package client calls the operations of Amazon Bedrock Runtime: InvokeModel, Converse and CountTokens, their streams as
// they come, and by [Client.Do] and [Client.Events] any other.
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
//			return err // what came before was good, and the answer is not whole
//		}
//		use(chunk) // JSON in the model's own format
//	}
//
// # Layout
//
//	config.go      what a caller can choose, and the defaults
//	client.go      Client, and New
//	invoke.go, converse.go, counttokens.go, foundation.go   the operations: a binding and a method each
//	call.go        Do and Events: operations that have no method here
//	request.go     what a call sends; bindings
//	attempt.go     one attempt: headers, signature, response head, a body of JSON
//	retry.go       which attempt follows, and when; skew.go has the clock
//	delivery.go    how far a request got, and whether the peer may have processed it
//	upload.go      the request's body
//	body.go        the response's body: deadlines, cancelling, Close
//	events.go      frames -> events, of any operation
//	stream.go      events -> chunks; tail.go decides whether the response is whole
//	endpoint.go    region or URL -> scheme, host and path prefix; the escaping of a path label
//	header.go      headers that a caller sets
//	transport.go   the HTTP transport
//	log.go         what the log hook sees
//	errors.go      what can go wrong, one type each; classify.go sorts them; hint.go says what to do
//
// # Trust
//
// Nothing in a request is sent before all of it was checked: the region and endpoint by [New], the request by its
// Validate, keys and tokens when they are used. Requests go to the endpoint's host and nowhere else: redirects are
// refused. Plain http is spoken to loopback only.
//
// Of a response, the status comes first, then the Content-Encoding and Content-Type; only then are bytes taken for
// frames, and these are believed in the order that package frame describes. Bytes that the service sent appear in
// errors cleaned and cut.
//
// # Memory
//
// A Stream holds one buffer for the frame at hand and one for its chunk. The bytes that Next returns are valid until
// the next call. Streams share nothing.
//
// # End of stream
//
// A response is whole or it is an error. A stream whose format has an end mark ends with [ErrIncomplete] where the mark did
// not come, and [Config].AllowIncomplete turns that into io.EOF. Package text knows the formats. For one that it does not
// know, io.EOF between two frames is a clean end, and [Stream.Complete] says what is known. Every other end is a
// [*StreamError], which says how many events came before. [SafeToRetry] reports whether none did.
//
// # Waiting
//
// Each wait for the peer has a limit, see [Timeouts]; what passes it is a [*StallError]. There is no limit on a
// whole answer but the context's. A stream has no goroutine; net/http's transport has its own for each connection.
package client
