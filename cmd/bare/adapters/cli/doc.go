// Package cli is the command line as a driving adapter: it reads arguments, calls the core's use cases, and prints their
// results as text for people or as JSON for programs. A program adds [Commands] to its own root command.
package cli
