// Command roster enrolls learners on courses, with a waitlist. Package app has all of it.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"example.com/roster/cmd/roster/app"
)

// gcPercent is a server's GOGC, unless the environment sets it: a server has a small live heap and allocates much, so it collects
// garbage less often than the default of 100.
const gcPercent = 400

func main() {
	server := slices.Contains(os.Args, "serve") || slices.Contains(os.Args, "worker")
	if server && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
