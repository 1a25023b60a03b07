package docs

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
)

// address is where the program listens as the documents show it. A run takes a free port in its place.
const address = "127.0.0.1:8080"

// Run runs the commands that a document shows, in order, in one shell in the folder dir, and returns an error for the
// first that ends or prints otherwise than shown. Programs in the folder bin are found first. A command that ends in "&"
// is a server: Run goes on when it is ready, and ends it when the document ends.
//
// A command may fail where the document shows what it prints then.
func Run(ctx context.Context, markdown, dir, bin string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	free, err := freeAddress()
	if err != nil {
		return err
	}
	env := environment(bin, free)
	sh, err := startShell(ctx, dir, env)
	if err != nil {
		return err
	}
	defer sh.close()
	for _, s := range steps(markdown) {
		if s.command == "" {
			if len(s.shown) > 0 {
				return fmt.Errorf("line %d: shows output, and no command that made it", s.line)
			}
			continue
		}
		command := strings.ReplaceAll(s.command, address, free)
		if line, ok := strings.CutSuffix(command, "&"); ok && !strings.HasSuffix(line, "&") {
			server, err := startServer(ctx, line, free, dir, env)
			if err != nil {
				return fmt.Errorf("line %d: $ %s\n%w", s.line, s.command, err)
			}
			defer server.stop()
			if err := server.prints(s, free); err != nil {
				return err
			}
			continue
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

// compare returns an error where a command came out otherwise than shown.
func (s step) compare(output string, code int) error {
	switch {
	case len(s.shown) == 0 && code != 0:
		return fmt.Errorf("line %d: $ %s\nended with %d:\n%s", s.line, s.command, code, output)
	case len(s.shown) > 0 && !s.is(output):
		return fmt.Errorf("line %d: $ %s\nprinted (and ended with %d)\n%sand the document shows\n%s",
			s.line, s.command, code, output, strings.Join(s.shown, "\n"))
	}
	return nil
}

// environment is this process's without what configures the program, with bin first on PATH.
func environment(bin, addr string) []string {
	env := []string{"ROSTER_ADDR=" + addr, "ROSTER_ADMIN_ADDR=127.0.0.1:0", "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
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
