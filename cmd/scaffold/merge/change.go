package merge

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"example.com/roster/cmd/scaffold/internal/program"
)

var moduleLine = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)

// A Change is `scaffold update`, `scaffold with PART` or `scaffold without PART`.
type Change struct {
	Dir      string // of the service
	Template string // path or URL of the template's repository; by default, the URL of the last change, or the template that this program is of
	From     string // version that the service was made from; by default, the one that it names
	To       string // version to take over; by default, the latest
	With     string // a part to add
	Without  string // a part to leave out
	DryRun   bool

	// Source returns the folder of the template that this program is of. A service has none.
	Source func() (dir, version string, err error)
}

// Run changes the service, commits the result, and prints what it did. If there are conflicts, it leaves them to the owner, as git
// cherry-pick does.
func (c Change) Run(out io.Writer) error {
	dir, err := filepath.Abs(cmp.Or(c.Dir, "."))
	if err != nil {
		return err
	}
	r, err := openRepository(dir)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "scaffold-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	m := merging{Change: c, repo: r, work: work, out: out}
	if err := m.readAnswers(); err != nil {
		return err
	}
	if m.was.String() == m.is.String() {
		fmt.Fprintf(out, "nothing to do: the service is at version %s of the template\n", m.to)
		return nil
	}
	fmt.Fprintf(out, "making the service from version %.12s of the template, as it was and as it is to be …\n", m.to)
	if err := m.prepare(); err != nil {
		return err
	}
	if c.DryRun {
		return m.show()
	}
	return m.merge()
}

// merging is a change in progress.
type merging struct {
	Change
	repo     repository
	template template
	work     string
	out      io.Writer
	from, to string  // commits of the template
	was, is  Answers // before and after

	base, changed, recorded string   // commits: the service as it was made, as it is to be, and the same with the new record
	generated               []string // files that are generated, in the service as it is to be
}

// readAnswers decides from which version and answers the service goes to which.
func (m *merging) readAnswers() (err error) {
	text := m.repo.file(RecordFile)
	if text == "" {
		return fmt.Errorf("%s has no %s: run the command in the folder of a service that scaffold new has made", m.repo.in(m.repo.Dir), RecordFile)
	}
	if m.was, err = ReadAnswers(text); err != nil {
		return err
	}
	if found := moduleLine.FindStringSubmatch(m.repo.file("go.mod")); found != nil && found[1] != m.was.Module {
		return fmt.Errorf("go.mod has the module %s, and %s another: write \"module\": \"%[1]s\" there, and commit it", found[1], RecordFile)
	}
	if err := m.findTemplate(); err != nil {
		return err
	}
	if m.from, err = m.template.resolve(cmp.Or(m.From, m.was.Version)); err != nil {
		return err
	}
	if m.to = m.from; m.With == "" && m.Without == "" {
		if m.to, err = m.template.resolve(cmp.Or(m.To, "HEAD")); err != nil {
			return err
		}
	}
	if m.is, err = m.was.having(m.With, m.Without); err != nil {
		return err
	}
	m.was.Version, m.is.Version = m.from, m.to
	if isURL.MatchString(m.Change.Template) {
		m.is.Template = secret.ReplaceAllString(m.Change.Template, "$1")
	}
	return nil
}

func (m *merging) findTemplate() (err error) {
	location := cmp.Or(m.Change.Template, m.was.Template)
	if location == "" && m.Source == nil {
		return errors.New("give the template by --template PATH or URL: a git repository")
	}
	if location == "" {
		location, _, err = m.Source()
	}
	if err == nil {
		m.template, err = openTemplate(location, m.work)
	}
	return err
}

// prepare makes both services and their commits.
func (m *merging) prepare() error {
	was, err := m.make("was", m.from, m.was)
	if err != nil {
		return err
	}
	if m.base, err = was.commit("The service as it was made"); err != nil {
		return err
	}
	is, err := m.make("is", m.to, m.is)
	if err != nil {
		return err
	}
	if err := cmp.Or(m.keepDeleted(is), m.keepMigrations(is)); err != nil {
		return err
	}
	if m.changed, err = is.commit(m.subject(), m.base); err != nil {
		return err
	}
	record := filepath.Join(is.service, RecordFile) // comes last
	if err := errors.Join(os.WriteFile(record, []byte(m.is.String()), 0o644), is.RunAll([]string{"git", "add", "--", record})); err != nil {
		return err
	}
	m.recorded, err = is.commit("Record how the service is made from the template", m.changed)
	return err
}

// make makes a service with the record that the owner's has.
func (m *merging) make(name, version string, a Answers) (draft, error) {
	checkout := filepath.Join(m.work, name)
	dir := m.repo.in(checkout)
	if err := m.template.make(version, a, dir, m.work); err != nil {
		return draft{}, err
	}
	record := os.WriteFile(filepath.Join(dir, RecordFile), []byte(m.repo.file(RecordFile)), 0o644)
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, ".git")), record, m.keepOwned(dir)); err != nil {
		return draft{}, err
	}
	return m.repo.draft(checkout)
}

// subject returns the message of the commit with the changes.
func (m *merging) subject() string {
	switch {
	case m.With != "":
		return "Add the part " + m.With + " of the template"
	case m.Without != "":
		return "Leave out the part " + m.Without + " of the template"
	}
	return fmt.Sprintf("Update from version %.12s to %.12s of the template", m.from, m.to)
}

// keepDeleted undoes in the service as it is to be what the template has changed in files that the owner has deleted, and prints their names.
// So git leaves them deleted, and does not take a file that is similar for a renamed one.
func (m *merging) keepDeleted(is draft) error {
	own, err := statuses(m.repo.In, "--diff-filter=ADR", m.base, "HEAD", "--", m.repo.prefix+".")
	made, wrong := statuses(is.In, "--diff-filter=DMR", "--cached", m.base)
	deleted := make(map[string]bool)
	for _, s := range own {
		// A copy of a deleted sample has another name, and up to nine tenths of its text.
		moved := len(s) == 3 && (path.Base(s[1]) == path.Base(s[2]) || s[0] >= "R090")
		deleted[s[1]] = !moved && !migrationFile.MatchString(s[1])
		if s[0] == "A" && m.With == "postgres" && path.Dir(s[1]) == m.repo.prefix+"adapters/sqlite/migrations" {
			fmt.Fprintf(m.out, "  %s is your own: write the same for PostgreSQL, in adapters/postgres/migrations\n", s[1])
		}
	}
	var commands [][]string
	for _, s := range made {
		if !deleted[s[1]] {
			continue
		}
		commands = append(commands, []string{"git", "checkout", "-q", m.base, "--", s[1]})
		if len(s) == 3 {
			commands = append(commands, []string{"git", "rm", "-q", "-f", "--", s[2]})
		}
		if s[0] != "D" && s[0] != "R100" {
			fmt.Fprintf(m.out, "  %s stays deleted, though the template has changed it: if you have its code in another file, make the change there\n", s[1])
		}
	}
	return errors.Join(err, wrong, is.RunAll(commands...))
}

// statuses returns what git diff says of each file: a letter, for renames with the similarity in percent, the name and the new name.
func statuses(in program.In, arguments ...string) (list [][]string, err error) {
	words, err := in.List("git", append([]string{"diff", "-z", "--name-status", "--find-renames"}, arguments...)...)
	for n := 2; len(words) > 0; words, n = words[n:], 2 {
		if words[0][0] == 'R' {
			n = 3
		}
		list = append(list, words[:n])
	}
	return list, err
}
