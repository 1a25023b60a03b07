// Package cli is the command line as a driving adapter: it reads arguments, calls the core's use cases, and prints their
// results as text for people or as JSON for programs.
//
// It holds the commands that need only the core. A program adds [Commands] to its own root command, beside commands of its own
// that need more: servers, migrations. Each command here runs in a [Session].
package cli
