// Package contract holds the program to what others build on: the HTTP API against its spec and against the spec as it was
// promised, against what consumers wrote down that they need (pacts), and the packages that embedders import.
package contract
