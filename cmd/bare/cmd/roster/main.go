// Command roster is the program. Package app has all of it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"example.com/roster/cmd/bare/cmd/roster/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
