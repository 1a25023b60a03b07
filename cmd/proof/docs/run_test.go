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

	"example.com/roster/cmd/proof/docs"
)

// With FAKE_ROSTER, the test binary stands in for roster: "serve" is a server, and other commands print their arguments.
func TestMain(m *testing.M) {
	if os.Getenv("FAKE_ROSTER") == "" {
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
		fmt.Println("arguments:", strings.Join(os.Args[1:], " "))
	}
}

func TestCorrectDocumentsPass(t *testing.T) {
	t.Parallel()
	for name, markdown := range map[string]string{
		"output":                    "$ roster enroll go-101 ada\narguments: enroll go-101 ada",
		"silence":                   "$ roster enroll go-101 ada",
		"part of a line":            "$ roster enroll go-101 ada\narguments: ... ada",
		"any lines":                 "$ printf 'a\\nb\\nc\\nd\\n'\na\n...\nd",
		"no lines":                  "$ printf 'a\\nd\\n'\na\n...\nd",
		"no last newline":           "$ printf a\na",
		"a line over two":           "$ roster enroll \\\n  go-101\narguments: enroll go-101",
		"a failure with output":     "$ roster broken\ncourse_full\n$ echo $?\n3",
		"the shell keeps its state": "$ mkdir d; cd d; name=ada\n$ roster $name; pwd\narguments: ada\n.../d",
		"two blocks":                "$ touch a\n```\n\n```sh\n$ false\n```\n\n```console\n$ ls\na",
		"a server that is stopped":  "$ roster serve &\nlistening on 127.0.0.1:8080\n$ kill $!\n$ roster enroll\narguments: enroll",
		"a server":                  "$ roster serve &\nlistening on 127.0.0.1:8080\n$ echo 127.0.0.1:8080\n127.0.0.1:8080",
		"no stdin":                  "$ cat\n$ echo after\nafter",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := runBlock(t, markdown); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWrongDocumentsFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ markdown, want string }{
		"other output": {
			"$ true\n$ roster enroll ada\narguments: enroll bob",
			"line 3: $ roster enroll ada\nprinted (exit code 0)\narguments: enroll ada\nbut the document shows\narguments: enroll bob",
		},
		"output beside the shown output": {"$ roster enroll ada\n...\nmore", "line 2: "},
		"a line too few":                 {"$ printf 'a\\nb\\n'\na", "line 2: "},
		"a dot is no wildcard":           {"$ echo axb\na.b", "line 2: "},
		"a failure without output":       {"$ roster broken", "line 2: $ roster broken\nexit code 3:\ncourse_full"},
		"a missing program":              {"$ rooster enroll", "line 2: $ rooster enroll\nexit code 127:"},
		"a port that is in use":          {"$ roster alive 127.0.0.1:8080\nnot the free port", "line 2: "},
		"output without a command":       {"arguments:", "line 1: shows output without a command"},
		"invalid syntax":                 {"$ if", "line 2: $ if\nended the shell"},
		"exit of the shell":              {"$ exit 0\n$ true", "line 2: $ exit 0\nended the shell"},
		"a server that ends":             {"$ roster enroll &", "it ended; it printed\narguments: enroll"},
		"a server that is missing":       {"$ rooster serve &", "it ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := runBlock(t, c.markdown); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with\n%s\ngot\n%v", c.want, err)
			}
		})
	}
}

// Follow runs scripts and consoles in one shell; a command of a script that fails ends it.
func TestFollow(t *testing.T) {
	t.Parallel()
	needShell(t)
	const ok = "```sh\nname=ada\nmkdir d && cd d\nsleep 1000 &\nkill $!\n```\n\n```console\n$ echo $name; pwd\nada\n.../d\n```\n"
	for markdown, want := range map[string]string{
		ok:                                      "",
		ok + "```sh\nfalse\necho after\n```\n":  "line 13: $ false",
		ok + "```sh\nrooster\n```\n":            "rooster",
		ok + "```sh\n. ./none\n```\n":           "line 13: $ . ./none",
		ok + "```console\n$ echo a\nb\n```\n":   "line 14: ",
		ok + "```go\nnothing is run\n```\n":     "",
		"```sh\nsleep 1000 &\nfalse\nkill $!\n": "line 1: ",
	} {
		err := docs.Follow(t.Context(), markdown, t.TempDir(), tools(t))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("want %q, got %v for\n%s", want, err, markdown)
		}
	}
}

// The command that would run this test again is replaced.
func TestFollowDoesNotTest(t *testing.T) {
	t.Parallel()
	needShell(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte("test:\n\ttouch ran\nrun:\n\ttouch $@\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := docs.Follow(t.Context(), "```sh\nmake run\nmake test\n```\n", dir, tools(t)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"run": true, "ran": false} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server stops when the document that started it ends.
func TestServersStop(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "addr")
	if err := runBlock(t, "$ roster serve &\n$ echo $ROSTER_ADDR >"+file); err != nil {
		t.Fatal(err)
	}
	addr, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := net.DialTimeout("tcp", strings.TrimSpace(string(addr)), 2*time.Minute); err == nil {
		conn.Close()
		t.Error("the server still listens")
	}
}

// runBlock runs a document with one block, which starts at its second line, with the fake roster.
func runBlock(t *testing.T, block string) error {
	t.Helper()
	needShell(t)
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nFAKE_ROSTER=1 exec '%s' \"$@\"\n", self)
	if err := os.WriteFile(filepath.Join(bin, "roster"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return run(t, "```console\n"+block+"\n```\n", bin)
}
