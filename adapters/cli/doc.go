// Package cli is the command line as a door: it reads words, calls the core's use cases, and prints what came of them as
// text for people or as JSON for programs.
//
// It holds the commands that only need the core. [Commands] and [CourseCommands] go into a program's own grammar, which adds
// what needs more, as a [Command] too: files, servers, migrations. A [Session] is what every command here runs with.
package cli
