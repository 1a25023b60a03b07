// Package contract tests what others build on: the HTTP API against its spec, against the promised spec and against the needs of its
// consumers (pacts), and the packages that embedders import.
package contract
