// Package create makes a new service from this one: `scaffold new`.
//
// The template is the source that the program was built from. Package create reads it into memory as a [Tree]. It removes the
// parts that are not wanted, replaces words and names, and writes the result beside the target folder. A complete result is
// renamed to the target; a run that fails leaves no file behind.
package create
