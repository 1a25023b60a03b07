// Package create makes a new service of this one: `scaffold new`.
//
// The template is the source that the program was built from. It is read into memory as a [Tree], goes through one change after
// another (parts that are left out, words, names), and is written beside where it is to be, and moved there when it is whole:
// a run that fails leaves nothing behind.
package create
