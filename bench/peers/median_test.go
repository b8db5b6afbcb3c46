package peers

import (
	"cmp"
	"slices"
)

// median returns the middle of v, which it sorts.
func median[T cmp.Ordered](v []T) T {
	slices.Sort(v)
	return v[len(v)/2]
}
