package merge

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// migrationFile matches the number of a file that changes tables.
var migrationFile = regexp.MustCompile(`(^|/)migrations/(\d+)(_[^/]*\.sql)$`)

func numberOf(name string) int {
	n, _ := strconv.Atoi(migrationFile.FindStringSubmatch(name)[2]) // digits
	return n
}

// keepMigrations restores the migrations that the service was made with: databases have run them, and run none twice. The template may have
// changed, renamed or removed them since. Those of a part that is left out go with its folder.
func (m *merging) keepMigrations(is draft) error {
	files, err := is.List("git", "ls-files", "-z")
	differing, wrong := is.List("git", "diff", "-z", "--cached", "--name-only", "--no-renames", "--diff-filter=MD", m.base)
	added, also := is.List("git", "diff", "-z", "--cached", "--name-only", "--no-renames", "--diff-filter=A", m.base)
	if err := errors.Join(err, wrong, also); err != nil {
		return err
	}
	for _, name := range differing {
		parts := migrationFile.FindStringSubmatch(name)
		beside := func(other string) bool { return path.Dir(other) == path.Dir(name) && migrationFile.MatchString(other) }
		if parts == nil || !slices.ContainsFunc(files, beside) || m.repo.file(strings.TrimPrefix(name, m.repo.prefix)) == "" {
			continue
		}
		commands := [][]string{{"git", "checkout", "-q", m.base, "--", name}}
		for _, other := range added {
			if beside(other) && migrationFile.FindStringSubmatch(other)[3] == parts[3] { // the same migration under another number
				commands = append(commands, []string{"git", "rm", "-q", "-f", "--", other})
			}
		}
		if err := is.RunAll(commands...); err != nil {
			return err
		}
		fmt.Fprintf(m.out, "  %s stays, since databases have run it: if the template's has other tables or columns now, add them by a new migration\n", name)
	}
	return nil
}

// renumber puts the migrations that are new in the service as it is to be after those that the owner has in the same folder: databases may
// have been changed by these already, and take no earlier number then.
func (m *merging) renumber(is draft) error {
	owned, wrong := m.repo.List("git", "ls-files", "-z", "--", m.repo.prefix+".")
	added, err := is.List("git", "diff", "-z", "--cached", "--name-only", "--no-renames", "--diff-filter=A", m.base)
	if err := errors.Join(wrong, err); err != nil {
		return err
	}
	last := make(map[string]int) // by folder
	for _, name := range owned {
		if migrationFile.MatchString(name) {
			last[path.Dir(name)] = max(last[path.Dir(name)], numberOf(name))
		}
	}
	shift := make(map[string]int) // by folder
	for _, name := range added {
		if folder := path.Dir(name); migrationFile.MatchString(name) {
			shift[folder] = max(shift[folder], last[folder]+1-numberOf(name))
		}
	}
	for _, name := range slices.Backward(added) { // the highest number first, so that the next one is free
		folder := path.Dir(name)
		if !migrationFile.MatchString(name) || shift[folder] == 0 {
			continue
		}
		parts := migrationFile.FindStringSubmatch(name)
		to := path.Join(folder, fmt.Sprintf("%0*d%s", len(parts[2]), numberOf(name)+shift[folder], parts[3]))
		if _, err := is.Run("git", "mv", "--", name, to); err != nil {
			return err
		}
		fmt.Fprintf(m.out, "  %s becomes %s, after your own\n", name, path.Base(to))
	}
	return nil
}
