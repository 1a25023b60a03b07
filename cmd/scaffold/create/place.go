package create

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A place is what surrounds the folder of a new service.
type place struct {
	repository string // the root of the git repository that the folder is in, and that does not ignore it; or ""
	workspace  string // the go.work that applies there, or ""
}

// placeOf returns what surrounds dir, which may be missing.
func placeOf(dir string) (p place) {
	parent := dir
	if missing, err := firstMissing(dir); err == nil && missing != "" {
		parent = filepath.Dir(missing)
	}
	if root, err := ask(parent, "git", "-c", "safe.directory=*", "rev-parse", "--show-toplevel"); err == nil {
		if _, err := ask(parent, "git", "-c", "safe.directory=*", "check-ignore", "--quiet", dir); err != nil {
			p.repository = filepath.FromSlash(root)
		}
	}
	if file, err := ask(parent, "go", "env", "GOWORK"); err == nil && file != "off" {
		p.workspace = file
	}
	return p
}

// ask runs a program in dir, and returns the line that it prints. It ignores GOWORK of the environment, which make sets to off.
func ask(dir, program string, args ...string) (string, error) {
	command := exec.Command(program, args...)
	command.Dir, command.Env = dir, append(os.Environ(), "GOWORK=")
	output, err := command.Output()
	return strings.TrimSpace(string(output)), err
}

// printNextSteps says what to do with the new service in dir. own says that it has a repository of its own.
func (p place) printNextSteps(out io.Writer, dir string, own bool) {
	if !own && p.repository != "" {
		fmt.Fprintf(out, "\nIt is in the repository %s, and has none of its own. Commit it there.\n", p.repository)
	}
	fmt.Fprintf(out, "\nNext:\n\n  cd %s\n", dir)
	if p.workspace != "" {
		fmt.Fprintf(out, "  go work use .        # because of %s\n", p.workspace)
	}
	fmt.Fprint(out, "  make run\n  go run ./cmd/scaffold usecase NAME\n")
}
