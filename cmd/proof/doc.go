// Package proof holds the tests of the whole program: every door on every store, real input, processes that are killed.
// Its folders are the architecture test, the drawing of the rooms, their sizes and the commands of the documents.
package proof
