// Package model has the types of Amazon Bedrock's InvokeModelWithResponseStream: its request, its
// response, the chunks of the stream and its errors.
package model
