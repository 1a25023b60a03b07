// Command demo loads a sample and serves it.
//
//	go run ./cmd/demo
//
// It uses only roster's own commands, on the data directory ROSTER_DATA_DIR, by default roster-data. A second start loads
// nothing twice, and resumes a load that was interrupted.
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
