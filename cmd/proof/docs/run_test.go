package docs_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test's own binary plays roster: as "serve" it is a server, else it tells what it was asked.
func TestMain(m *testing.M) {
	if os.Getenv("PLAY_ROSTER") == "" {
		os.Exit(m.Run())
	}
	switch strings.Join(os.Args[1:], " ") {
	case "serve":
		listener, err := net.Listen("tcp", os.Getenv("ROSTER_ADDR"))
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("listening on", listener.Addr())
		_ = http.Serve(listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	case "broken":
		fmt.Println("course_full")
		os.Exit(3)
	case "alive 127.0.0.1:8080":
		fmt.Println("not the free port")
	default:
		fmt.Println("asked", strings.Join(os.Args[1:], " "))
	}
}

func TestTruth(t *testing.T) {
	t.Parallel()
	for name, markdown := range map[string]string{
		"output":             "$ roster enroll go-101 ada\nasked enroll go-101 ada",
		"silence":            "$ roster enroll go-101 ada",
		"part of a line":     "$ roster enroll go-101 ada\nasked ... ada",
		"any lines":          "$ printf 'a\\nb\\nc\\nd\\n'\na\n...\nd",
		"no lines":           "$ printf 'a\\nd\\n'\na\n...\nd",
		"no last newline":    "$ printf a\na",
		"a line over two":    "$ roster enroll \\\n  go-101\nasked enroll go-101",
		"a failure, shown":   "$ roster broken\ncourse_full\n$ echo $?\n3",
		"what is remembered": "$ mkdir d; cd d; name=ada\n$ roster $name; pwd\nasked ada\n.../d",
		"two blocks":         "$ touch a\n```\n\n```sh\n$ false\n```\n\n```console\n$ ls\na",
		"a server":           "$ roster serve &\nlistening on 127.0.0.1:8080\n$ echo 127.0.0.1:8080\n127.0.0.1:8080",
		"no stdin":           "$ cat\n$ echo after\nafter",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := play(t, markdown); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLiesAreSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ markdown, want string }{
		"other output": {
			"$ true\n$ roster enroll ada\nasked enroll bob",
			"line 3: $ roster enroll ada\nprinted (and ended with 0)\nasked enroll ada\nand the document shows\nasked enroll bob",
		},
		"output, and none shown":   {"$ roster enroll ada\n...\nmore", "line 2: "},
		"a line too few":           {"$ printf 'a\\nb\\n'\na", "line 2: "},
		"a dot is no wildcard":     {"$ echo axb\na.b", "line 2: "},
		"a failure, not shown":     {"$ roster broken", "line 2: $ roster broken\nended with 3:\ncourse_full"},
		"a program that is not":    {"$ rooster enroll", "line 2: $ rooster enroll\nended with 127:"},
		"a port that is in use":    {"$ roster alive 127.0.0.1:8080\nnot the free port", "line 2: "},
		"output of nothing":        {"asked", "line 1: shows output, and no command that made it"},
		"what is no command":       {"$ if", "line 2: $ if\nended the shell"},
		"what ends the shell":      {"$ exit 0\n$ true", "line 2: $ exit 0\nended the shell"},
		"a server that is none":    {"$ roster enroll &", "it ended; it printed\nasked enroll"},
		"a server that is missing": {"$ rooster serve &", "it ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := play(t, c.markdown); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with\n%s\ngot\n%v", c.want, err)
			}
		})
	}
}

// A server ends with the document that started it.
func TestServersEnd(t *testing.T) {
	t.Parallel()
	where := filepath.Join(t.TempDir(), "addr")
	if err := play(t, "$ roster serve &\n$ echo $ROSTER_ADDR >"+where); err != nil {
		t.Fatal(err)
	}
	addr, err := os.ReadFile(where)
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := net.DialTimeout("tcp", strings.TrimSpace(string(addr)), time.Second); err == nil {
		conn.Close()
		t.Error("the server still listens")
	}
}

// play runs a document with one block, which starts at its second line, on a roster that this test plays.
func play(t *testing.T, block string) error {
	t.Helper()
	needShell(t)
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nPLAY_ROSTER=1 exec '%s' \"$@\"\n", self)
	if err := os.WriteFile(filepath.Join(bin, "roster"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return run(t, "```console\n"+block+"\n```\n", bin)
}
