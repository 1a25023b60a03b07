package create

import (
	"fmt"
	"io"
	"path/filepath"

	"example.com/roster/cmd/scaffold/internal/program"
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
	around := program.In{Dir: parent, Env: []string{"GOWORK="}} // make sets it to off
	if root, err := around.Ask("git", "-c", "safe.directory=*", "rev-parse", "--show-toplevel"); err == nil {
		if _, err := around.Run("git", "-c", "safe.directory=*", "check-ignore", "--quiet", dir+"/"); err != nil {
			p.repository = filepath.FromSlash(root)
		}
	}
	if file, err := around.Ask("go", "env", "GOWORK"); err == nil && file != "off" {
		p.workspace = file
	}
	return p
}

// printNextSteps says what to do with the new service in dir. own says that it has a repository of its own.
func (p place) printNextSteps(out io.Writer, dir string, own bool) {
	if !own && p.repository != "" {
		fmt.Fprintf(out, "\nIt is in the repository %s, and has none of its own. Commit it there.\n"+
			"GitHub runs only workflows of the root: copy .github/workflows/ci.yml there, and set working-directory and go-version-file.\n", p.repository)
	}
	fmt.Fprintf(out, "\nNext:\n\n  cd %s\n", dir)
	if p.workspace != "" {
		fmt.Fprintf(out, "  go work use .        # because of %s\n", p.workspace)
	}
	fmt.Fprint(out, "  make run\n  go run ./cmd/scaffold usecase NAME\n")
}
