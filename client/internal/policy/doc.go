// Package policy holds no code: its tests keep the promises that the README makes of the whole module, such as which
// package may import which.
package policy
