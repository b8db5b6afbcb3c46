// Package class lets package client sort the errors of packages that it can't name, because they
// import it or must not be linked into programs that only use it.
package class

import "errors"

// ErrConfiguration is what the errors of packages credentials and config match by errors.Is. It is
// never returned.
var ErrConfiguration = errors.New("no usable configuration")
