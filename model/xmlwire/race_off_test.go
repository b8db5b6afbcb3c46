//go:build !race

package xmlwire_test

const underRace = false
