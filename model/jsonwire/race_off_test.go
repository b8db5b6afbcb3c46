//go:build !race

package jsonwire_test

const underRace = false
