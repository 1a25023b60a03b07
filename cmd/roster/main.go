// Command roster enrolls learners on courses, with a waitlist. Package app has all of it.
package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"example.com/roster/cmd/roster/app"
)

func main() {
	if os.Getenv("GOGC") == "" {
		most := percentOfCommands
		if slices.Contains(os.Args, "serve") || slices.Contains(os.Args, "worker") {
			most = percentOfServers
		}
		tuneGC(most)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once. A copy of the first does not: a terminal and a parent process may both send it.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	code := app.Run(ctx, app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
