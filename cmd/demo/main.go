// Command demo loads a sample and serves it, to try the service on.
//
//	go run ./cmd/demo
//
// It is a user of the program, not a part of it: it does all by the program's own commands, into the data directory that
// ROSTER_DATA_DIR names, or roster-data. Started again it loads nothing twice; killed while it loads, it goes on.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	d := demo{
		dataDir: cmp.Or(os.Getenv("ROSTER_DATA_DIR"), "roster-data"),
		serve:   []string{"serve"},
		stdout:  os.Stdout,
		stderr:  os.Stderr,
	}
	err := d.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
