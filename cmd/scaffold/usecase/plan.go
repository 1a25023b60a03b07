package usecase

import (
	"fmt"
	"go/format"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A plan is what a use case changes in a service.
type plan struct {
	service service
	forms   forms
	changes map[string]change // by path
}

// A change is a file before and after.
type change struct {
	path      string
	was       []byte // nil for a new file
	now       []byte
	generated bool
}

// add plans the files of the sample, or of its further command, and the lines that they need in other files.
func (p *plan) add() error {
	sample, err := readSample(p.service)
	if err != nil {
		return err
	}
	isCommand, sets := p.forms.Further != "", []string{"command"}
	if !isCommand {
		if err := leaveOutCommand(sample); err != nil {
			return err
		}
		if sets = []string{"record"}; p.service.Keys {
			sets = append(sets, "keys")
		}
	}
	for _, file := range slices.Sorted(maps.Keys(sample)) {
		if isOfCommand(file) != isCommand || slices.Contains(shared, file) {
			continue
		}
		if err := p.addFile(file, sample[file]); err != nil {
			return err
		}
	}
	for _, set := range sets {
		inserts, err := p.readInserts(sample, set)
		if err != nil {
			return err
		}
		for _, i := range inserts {
			if err := p.addLines(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// sorted returns the changes in the order of paths.
func (p *plan) sorted() []change {
	return slices.SortedFunc(maps.Values(p.changes), func(a, b change) int { return strings.Compare(a.path, b.path) })
}

// addFile plans a file of the sample, if the service has its folder with files of the same kind. A file that is not named after the use
// case is shared by all of them: the first one adds it.
func (p *plan) addFile(name, text string) error {
	file := strings.Replace(p.forms.replacer().Replace(name), "NUMBER", p.service.Number, 1)
	switch exists := p.service.has(file); {
	case len(p.service.files(path.Dir(file)+"/*"+path.Ext(file))) == 0, file == name && exists:
		return nil
	case exists:
		return fmt.Errorf("the name %q is taken: the file %s exists; choose another name", p.title(), file)
	}
	now := []byte(p.fill(text))
	if path.Ext(file) == ".go" {
		var err error
		if now, err = format.Source(now); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := p.checkDeclarations(file, now); err != nil {
			return err
		}
	}
	p.changes[file] = change{path: file, now: now}
	return nil
}

// title is what the plan adds: a use case, or a command of one.
func (p *plan) title() string { return strings.TrimSpace(p.forms.Kebab + " " + p.forms.Further) }

// roleLine matches a line of the sample about a role of the bare service that is not staff.
var roleLine = regexp.MustCompile(`ports\.(Member|Partner)\b|"(member|partner) of `)

// fill gives a text of the sample the names of the use case, and the roles of the service: a line about the bare service's member is repeated
// for each role but staff.
func (p *plan) fill(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		m := roleLine.FindStringSubmatch(line)
		switch {
		case m == nil:
			b.WriteString(line)
		case m[1] == "Member" || m[2] == "member":
			for _, role := range p.service.Others {
				b.WriteString(strings.NewReplacer("ports.Member", "ports."+role.Name, `"member of `, `"`+role.Text+" of ").Replace(line))
			}
		}
	}
	return p.forms.replacer().Replace(b.String())
}
