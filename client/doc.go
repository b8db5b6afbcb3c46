// Package client calls Amazon Bedrock's InvokeModelWithResponseStream and reads its answer as it comes.
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
//	config.go      what a caller can choose, the defaults, and what the log hook sees
//	client.go      Client, the call, and what the control plane says of a model
//	endpoint.go    region or URL -> scheme, host and path prefix; the encoding of a path label
//	request.go     one attempt: headers, signature, response head
//	retry.go       which attempt follows, and when
//	transport.go   the HTTP transport, and the hooks into its connections
//	wire.go        the wait for the peer: deadlines, cancelling, Close
//	stream.go      frames -> chunks, and how a stream ends
//	errors.go      what can go wrong, one type each
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
// A stream has no end mark of its own: io.EOF between two frames is a clean end. [Stream.Complete] says whether the
// model's last event was seen, and [Config].RequireComplete turns its absence into [ErrIncomplete]. Every other end
// is a [*StreamError], which says how many events came before. [SafeToRetry] reports whether none did.
//
// # Waiting
//
// Each wait for the peer has a limit, see [Timeouts]; what passes it is a [*StallError]. There is no limit on a
// whole answer but the context's. A stream has no goroutine; net/http's transport has its own for each connection.
package client
