package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runAsDemo makes the program of this test the demo.
const runAsDemo = "ROSTER_TEST_RUN_AS_DEMO"

func TestMain(m *testing.M) {
	if os.Getenv(runAsDemo) != "" {
		main()
		return
	}
	m.Run()
}

// An address that is in use ends the demo before it creates anything; the error says what to type.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	inUse := listener.Addr().String()
	for name, c := range map[string]struct {
		addresses []address
		want      string
	}{
		"the API's": {
			[]address{{variable: "ROSTER_ADDR", hostPort: inUse, other: "127.0.0.1:8090"}, {hostPort: "127.0.0.1:0"}},
			"for example: ROSTER_ADDR=127.0.0.1:8090 make run",
		},
		"both": {
			[]address{{variable: "A", hostPort: inUse, other: "a:1"}, {variable: "B", hostPort: inUse, other: "b:2"}},
			"for example: A=a:1 B=b:2 make run",
		},
		"no address": {[]address{{variable: "A", hostPort: "8080", other: "a:1"}}, "missing port in address"},
	} {
		dir := filepath.Join(t.TempDir(), "data")
		var printed bytes.Buffer
		err := demo{dataDir: dir, addresses: c.addresses, stdout: &printed, stderr: &printed}.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "again") {
			t.Errorf("%s: got the error %v, want %q in it", name, err, c.want)
		}
		if _, err := os.Stat(dir); err == nil || printed.Len() > 0 {
			t.Errorf("%s: the demo has created %s or printed %q", name, dir, &printed)
		}
	}
	off := demo{addresses: []address{{hostPort: "off"}}, stdout: io.Discard, stderr: io.Discard}
	if err := available(t.Context(), off.addresses); err != nil {
		t.Errorf("off: %v", err)
	}
}

// The instructions name the program that make run has built, if there is one.
func TestProgram(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	for _, demo := range []string{"demo", "demo.exe"} {
		demo = filepath.Join(bin, demo)
		if got := program(demo); got != "go run ./cmd/roster" {
			t.Errorf("without a program: %q", got)
		}
		roster := strings.Replace(demo, "demo", "roster", 1)
		if err := os.WriteFile(roster, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := program(demo); got != roster {
			t.Errorf("with a program: %q", got)
		}
	}
}
