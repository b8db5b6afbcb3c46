// Package peers compares bedrockwire with the AWS SDK for Go v2, in one process and one run:
// differential tests, and benchmarks whose pairs are read as ratios.
//
// The folder programs has small commands, each written with either, whose binaries and builds are compared.
//
// It is a module of its own, so that no user of bedrockwire ever downloads or links the SDK.
// The SDK's versions are pinned in go.mod, and the results name them.
package peers
