package docs

import (
	"context"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
)

// address is the address of the program in the documents. A run replaces it with a free port.
const address = "127.0.0.1:8080"

// Run runs the commands of a document's blocks of kind "console" in order, in one shell in the folder dir. It returns an error for the
// first command with another output or exit code than shown. The folder bin is first on PATH. A command that ends in "&" is a server:
// Run continues when it is ready, and stops it when the document ends, or at the command "kill $!".
//
// A command may fail if the document shows its output.
func Run(ctx context.Context, markdown, dir, bin string) error {
	var all []step
	for _, b := range blocks(markdown) {
		if b.kind == "console" {
			all = append(all, b.steps()...)
		}
	}
	return run(ctx, all, dir, bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// makeTest matches the command that would run all tests, this one among them.
var makeTest = regexp.MustCompile(`(?m)^make test\b`)

// strict is a script that ends the shell when a command fails, and its last program in the background, too. It ends when all programs
// in the background have ended.
const strict = `set -e
trap '[ -z "$!" ] || kill $!' EXIT
%s
wait
trap - EXIT
set +e`

// Follow does what a reader does who follows a document: it runs the blocks of kinds "sh" and "console" in order, in one shell. Each
// command of a script must succeed, and each program that a script starts must end in that block. The only programs are those in path.
//
// It runs "make -n test" for "make test": that shows that the target exists. CI runs it.
func Follow(ctx context.Context, markdown, dir, path string) error {
	var all []step
	for _, b := range blocks(markdown) {
		switch b.kind {
		case "console":
			all = append(all, b.steps()...)
		case "sh":
			script := makeTest.ReplaceAllString(strings.Join(b.lines, "\n"), "make -n test")
			all = append(all, step{line: b.line, command: script, script: true})
		}
	}
	return run(ctx, all, dir, path)
}

func run(ctx context.Context, steps []step, dir, path string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	free, err := freeAddress()
	if err != nil {
		return err
	}
	env := environment(path, free)
	sh, err := startShell(ctx, dir, env)
	if err != nil {
		return err
	}
	defer sh.close()
	var running *server
	for _, s := range steps {
		if s.command == "" {
			return fmt.Errorf("line %d: shows output without a command", s.line)
		}
		command := strings.ReplaceAll(s.command, address, free)
		line, isServer := strings.CutSuffix(command, "&")
		switch {
		case isServer && !s.script && !strings.HasSuffix(line, "&"):
			if running, err = startServer(ctx, line, free, dir, env); err != nil {
				return fmt.Errorf("line %d: $ %s\n%w", s.line, s.command, err)
			}
			defer running.stop()
			if err := running.prints(s, free); err != nil {
				return err
			}
			continue
		case command == "kill $!" && running != nil:
			running.stop()
			continue
		}
		if s.script {
			command = fmt.Sprintf(strict, command)
		}
		output, code, err := sh.run(command)
		if err != nil {
			return fmt.Errorf("line %d: $ %s\n%w", s.line, s.command, err)
		}
		if err := s.compare(strings.ReplaceAll(output, free, address), code); err != nil {
			return err
		}
	}
	return nil
}

// compare returns an error if a command has another output or exit code than shown.
func (s step) compare(output string, code int) error {
	switch {
	case len(s.shown) == 0 && code != 0:
		return fmt.Errorf("line %d: $ %s\nexit code %d:\n%s", s.line, s.command, code, output)
	case len(s.shown) > 0 && !s.matches(output):
		return fmt.Errorf("line %d: $ %s\nprinted (exit code %d)\n%sbut the document shows\n%s",
			s.line, s.command, code, output, strings.Join(s.shown, "\n"))
	}
	return nil
}

// environment is that of this process with another PATH, without the variables that configure the program.
func environment(path, addr string) []string {
	env := []string{"ROSTER_ADDR=" + addr, "ROSTER_ADMIN_ADDR=127.0.0.1:0", "PATH=" + path}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "ROSTER_") && !strings.HasPrefix(entry, "PATH=") {
			env = append(env, entry)
		}
	}
	return env
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
