package docs

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
)

// address is the address of the program in the documents. A run replaces it with a free port.
const address = "127.0.0.1:8080"

// Run runs the commands of a document in order, in one shell in the folder dir. It returns an error for the first command with another
// output or exit code than shown. The folder bin is first on PATH. A command that ends in "&" is a server: Run continues when it is
// ready, and stops it when the document ends.
//
// A command may fail if the document shows its output.
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
				return fmt.Errorf("line %d: shows output without a command", s.line)
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

// environment is that of this process with bin first on PATH, without the variables that configure the program.
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
