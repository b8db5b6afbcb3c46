// Package signer implements AWS Signature Version 4.
package signer
