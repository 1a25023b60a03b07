// Package cli is the command line as a door: it reads words, calls the core's use cases, and prints what came of them as
// text for people or as JSON for programs.
//
// It holds the commands that only need the core. [Commands] and [Course] are embedded in a program's own grammar, which
// adds what needs more: files, servers, migrations. A [Session] is what every command runs with.
package cli
