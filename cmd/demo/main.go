// Command demo loads a sample and serves it. make run compiles and starts it; without make:
//
//	go run ./cmd/demo
//
// It uses only roster's own commands, on the data directory ROSTER_DATA_DIR, by default roster-data. A second start loads
// nothing twice, and resumes a load that was interrupted.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	d := demo{
		dataDir: cmp.Or(os.Getenv("ROSTER_DATA_DIR"), "roster-data"),
		addresses: []address{
			{flag: "--addr", variable: "ROSTER_ADDR", hostPort: cmp.Or(os.Getenv("ROSTER_ADDR"), "127.0.0.1:8080"), other: "127.0.0.1:8090"},
			{flag: "--admin-addr", variable: "ROSTER_ADMIN_ADDR", hostPort: cmp.Or(os.Getenv("ROSTER_ADMIN_ADDR"), "127.0.0.1:8081"), other: "127.0.0.1:8091"},
		},
		program: program(os.Args[0]),
		stdout:  os.Stdout,
		stderr:  os.Stderr,
	}
	err := d.run(ctx)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
	fmt.Println("stopped")
}

// program is how a reader starts roster: as the program beside this one, which make run builds, else by go run.
func program(demo string) string {
	roster := filepath.Join(filepath.Dir(demo), "roster"+filepath.Ext(demo))
	if _, err := os.Stat(roster); err != nil {
		return "go run ./cmd/roster"
	}
	return roster
}
