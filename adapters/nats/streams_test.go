package nats_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/ports/portstest"
)

// If the caller leaves while streams are being created and then ends the server, none of its files stays open.
func TestReadyCanceledWhileStreamsAreCreated(t *testing.T) {
	t.Parallel()
	for i := range 50 {
		dir := t.TempDir()
		b, err := broker.Start(dir, broker.Options{})
		if err != nil {
			t.Fatal(err)
		}
		bus, err := nats.Connect(b.URL(), nats.Options{InProcess: b})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Microsecond) // steady: any moment will do
		_ = bus.Ready(ctx)
		cancel()
		bus.Close()
		b.Close()
		if open := openFiles(dir); len(open) > 0 {
			t.Logf("after %d00 µs, these files are still open: %q", i, open)
		}
		portstest.Eventually(t, "the server has closed its files", func() bool { return len(openFiles(dir)) == 0 })
	}
}

// openFiles returns the files below dir that this process has open; none on systems that do not list them in /proc.
func openFiles(dir string) (open []string) {
	descriptors, _ := filepath.Glob("/proc/self/fd/*")
	for _, d := range descriptors {
		if file, err := os.Readlink(d); err == nil && strings.HasPrefix(file, dir+"/") {
			open = append(open, file)
		}
	}
	return open
}
