package bench

import "slices"

// median returns the middle of v, which it sorts.
func median(v []float64) float64 {
	slices.Sort(v)
	if len(v) == 0 {
		return 0
	}
	return v[len(v)/2]
}
