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
