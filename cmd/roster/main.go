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

// gcPercent is the GOGC of a command, unless the environment sets it: these have a small live heap and allocate much, so they collect
// garbage less often than by the default of 100. With more than 200, the peak memory of an import would depend on its length.
var gcPercent = map[string]int{"serve": 400, "worker": 400, "import": 200}

func main() {
	for command, percent := range gcPercent {
		if slices.Contains(os.Args, command) && os.Getenv("GOGC") == "" {
			debug.SetGCPercent(percent)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
