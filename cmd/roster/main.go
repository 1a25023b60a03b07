// Command roster enrolls learners on courses, with a waitlist. Package app has what it does.
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

// growth is by how much, in percent of what is in use, the memory of a server may grow before what is no longer in use is looked
// for: it holds little and uses up much. GOGC says otherwise, as for any program in Go.
const growth = 400

func main() {
	serves := slices.Contains(os.Args, "serve") || slices.Contains(os.Args, "worker")
	if serves && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
