// Package proof holds the tests of the whole program: every entry point on every store, real input, and killed processes.
// The packages below test the architecture, the sizes of packages, the documents and the contracts.
package proof
