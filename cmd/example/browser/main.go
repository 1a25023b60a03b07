//go:build !js

// Command browser makes a page with the core of roster in it, and serves the page on the loopback:
//
//	go run ./cmd/example/browser
//	go run ./cmd/example/browser -o DIR
//
// The second writes the files, for any server of files. Another page needs wasm_exec.js, roster.js and roster.wasm of them.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed page
var page embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("browser", flag.ContinueOnError)
	flags.SetOutput(stderr)
	to := flags.String("o", "", "only write the files, to this folder")
	addr := flags.String("addr", "127.0.0.1:8082", "serve at this address of the loopback")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *to != "" {
		return write(ctx, *to)
	}
	if host, _, err := net.SplitHostPort(*addr); err != nil || !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("-addr %s: it must be an address of the loopback with a port, such as 127.0.0.1:8082", *addr)
	}
	dir, err := os.MkdirTemp("", "roster-browser-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := write(ctx, dir); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	server := http.Server{Handler: http.FileServer(http.Dir(dir)), ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	fmt.Fprintf(stdout, "Serving on http://%s. Ctrl-C stops it.\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// write makes the files of the page in a folder.
func write(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "roster.wasm"),
		"example.com/roster/cmd/example/browser/wasm")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the core: %w\n%s", err, output)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	files, err := fs.Sub(page, "page")
	if err != nil {
		return err
	}
	return errors.Join(
		copyFile(dir, os.DirFS(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm")), "wasm_exec.js"), // of the same version as the build
		copyFile(dir, files, "index.html"), copyFile(dir, files, "page.css"), copyFile(dir, files, "page.js"), copyFile(dir, files, "roster.js"),
	)
}

func copyFile(dir string, from fs.FS, name string) error {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), text, 0o644)
}
