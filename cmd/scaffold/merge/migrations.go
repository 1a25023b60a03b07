package merge

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
)

// migrationFile matches the number of a file that changes tables.
var migrationFile = regexp.MustCompile(`(^|/)migrations/(\d+)(_[^/]*\.sql)$`)

func numberOf(name string) int {
	n, _ := strconv.Atoi(migrationFile.FindStringSubmatch(name)[2]) // digits
	return n
}

func nameOf(name string) string { return migrationFile.FindStringSubmatch(name)[3] }

// keepMigrations restores the migrations that the service was made with: databases have run them, and run none twice. The template may have
// changed, renamed or removed them since. Those of a part that is left out go with its folder.
//
// These include those that the owner has deleted or, by an earlier update, under another number: git would apply the change to that file or to a
// similar one.
func (m *merging) keepMigrations(is draft) error {
	files, err := is.List("git", "ls-files", "-z")
	owned, failed := m.repo.List("git", "ls-files", "-z", "--", m.repo.prefix+".")
	differing, wrong := is.List("git", "diff", "-z", "--cached", "--name-only", "--no-renames", "--diff-filter=MD", m.base)
	added, also := is.List("git", "diff", "-z", "--cached", "--name-only", "--no-renames", "--diff-filter=A", m.base)
	if err := errors.Join(err, failed, wrong, also); err != nil {
		return err
	}
	for _, name := range differing {
		beside := func(other string) bool { return path.Dir(other) == path.Dir(name) && migrationFile.MatchString(other) }
		if !migrationFile.MatchString(name) || !slices.ContainsFunc(files, beside) {
			continue
		}
		same := func(other string) bool { return beside(other) && nameOf(other) == nameOf(name) } // maybe under another number
		commands := [][]string{{"git", "checkout", "-q", m.base, "--", name}}
		if i := slices.IndexFunc(added, same); i >= 0 {
			commands = append(commands, []string{"git", "rm", "-q", "-f", "--", added[i]})
			added = slices.Delete(added, i, i+1)
		}
		if err := is.RunAll(commands...); err != nil {
			return err
		}
		if i := slices.IndexFunc(owned, same); i >= 0 {
			fmt.Fprintf(m.out, "  %s stays, since databases have run it: if the template's has other tables or columns now, add them by a new migration\n", owned[i])
		}
	}
	return m.renumber(is, owned, added)
}

// renumber puts the migrations that are new in the service as it is to be after those that the owner has in the same folder: databases may
// have been changed by these already, and take no earlier number then.
func (m *merging) renumber(is draft, owned, added []string) error {
	last := make(map[string]int) // by folder
	for _, name := range owned {
		if migrationFile.MatchString(name) {
			last[path.Dir(name)] = max(last[path.Dir(name)], numberOf(name))
		}
	}
	for _, name := range slices.DeleteFunc(added, func(name string) bool { return !migrationFile.MatchString(name) }) {
		folder, digits := path.Dir(name), len(path.Base(name))-len(nameOf(name))
		last[folder] = max(last[folder]+1, numberOf(name))
		if last[folder] == numberOf(name) {
			continue
		}
		to := path.Join(folder, fmt.Sprintf("%0*d%s", digits, last[folder], nameOf(name)))
		if _, err := is.Run("git", "mv", "--", name, to); err != nil {
			return err
		}
		fmt.Fprintf(m.out, "  %s becomes %s, after your own\n", name, path.Base(to))
	}
	return nil
}
