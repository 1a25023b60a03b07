package merge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/module"

	"example.com/roster/cmd/scaffold/internal/program"
)

// A template is the git repository with its versions.
type template struct{ program.In }

// isURL matches the addresses of repositories that are not on this machine.
var isURL = regexp.MustCompile(`^(\w+://|[\w.-]+@[\w.-]+:)`)

// secret matches the password or token in a URL, which no commit should have.
var secret = regexp.MustCompile(`^(https?://)[^/@]*@`)

// openTemplate opens a repository by its path or URL. It clones the latter into work.
func openTemplate(location, work string) (t template, err error) {
	var dir string
	if isURL.MatchString(location) {
		dir = filepath.Join(work, "template.git")
		_, err = program.In{}.Run("git", "clone", "--quiet", "--bare", location, dir)
	} else {
		dir, err = program.In{Dir: location}.Ask("git", "-c", "safe.directory=*", "rev-parse", "--absolute-git-dir")
	}
	if err != nil {
		return t, fmt.Errorf("--template: %s is no git repository: %w", location, err)
	}
	return template{program.In{Env: []string{"GIT_DIR=" + dir}}}, nil
}

// resolve returns the commit that a name stands for.
func (t template) resolve(name string) (string, error) {
	if name = strings.TrimSuffix(name, "+dirty"); name == "" || strings.HasPrefix(name, "(") {
		return "", errors.New(RecordFile + " does not name the version that the service was made from: give --from REV, the template's commit of that day")
	}
	if commit, err := module.PseudoVersionRev(name); err == nil {
		name = commit
	}
	commit, err := t.Ask("git", "rev-parse", "--verify", "--quiet", name+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("the template has no version %s: fetch it there, or give another by --from or --to", name)
	}
	return commit, nil
}

// make makes a service in the new folder dir by the template's own program, as it was in a version.
func (t template) make(version string, a Answers, dir, work string) error {
	source := filepath.Join(work, "template-"+version)
	if _, err := os.Stat(source); err != nil {
		if err := t.With("GIT_INDEX_FILE="+source+".index").RunAll(
			[]string{"git", "read-tree", version}, []string{"git", "checkout-index", "--all", "--force", "--prefix=" + source + "/"}); err != nil {
			return err
		}
	}
	in := program.In{Dir: source, Env: []string{"GOWORK=off"}}
	if _, err := in.Run("go", append([]string{"run", "./cmd/scaffold"}, a.arguments(dir)...)...); err != nil {
		return fmt.Errorf("make the service from version %.12s of the template: %w", version, err)
	}
	return nil
}
