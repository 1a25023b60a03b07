package docs

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// A shell runs commands one after another. It keeps variables and the working folder.
type shell struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	lines  *bufio.Reader
	marker string // printed after each command's output
}

// startShell starts a shell that ends when ctx ends.
func startShell(ctx context.Context, dir string, env []string) (*shell, error) {
	cmd := exec.CommandContext(ctx, "sh")
	cmd.Dir, cmd.Env = dir, env
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { stdout.Close() }) // a command that hangs may outlive the shell; this ends the read of its output
	return &shell{cmd, stdin, stdout, bufio.NewReader(stdout), rand.Text()}, nil
}

// run returns the output and the exit code of a command. The next command finds the exit code in $?, as at a terminal.
func (sh *shell) run(command string) (string, int, error) {
	const line = "{\n%s\n} </dev/null 2>&1\ncode=$?; printf '\\n%s %%d\\n' $code; (exit $code)\n"
	if _, err := fmt.Fprintf(sh.stdin, line, command, sh.marker); err != nil {
		return "", 0, fmt.Errorf("the shell has ended: %w", err)
	}
	var output strings.Builder
	for {
		line, err := sh.lines.ReadString('\n')
		if err != nil {
			return "", 0, fmt.Errorf("ended the shell (%w), which printed\n%s%s", err, output.String(), line)
		}
		if rest, ok := strings.CutPrefix(line, sh.marker); ok {
			var code int
			_, err := fmt.Sscan(rest, &code)
			return strings.TrimSuffix(output.String(), "\n"), code, err
		}
		output.WriteString(line)
	}
}

// close ends the shell.
func (sh *shell) close() {
	sh.stdin.Close()
	sh.stdout.Close()
	_ = sh.cmd.Wait() // run has returned the exit code of the last command
}
