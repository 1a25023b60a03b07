package usecase

import (
	"embed"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed templates
var templates embed.FS

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

func newPlan(s service, f forms) *plan {
	return &plan{service: s, forms: f, changes: make(map[string]change)}
}

// add plans the files and the edits of a set of templates.
func (p *plan) add(set string) error {
	err := fs.WalkDir(templates, "templates/"+set, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return p.addFile(name, strings.TrimSuffix(strings.TrimPrefix(name, "templates/"+set+"/"), ".tmpl"))
	})
	if err != nil {
		return err
	}
	edits, err := p.readEdits(set)
	if err != nil {
		return err
	}
	for _, e := range edits {
		if err := p.addLines(e); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns the changes in the order of paths.
func (p *plan) sorted() []change {
	return slices.SortedFunc(maps.Values(p.changes), func(a, b change) int { return strings.Compare(a.path, b.path) })
}

// addFile plans the file of a template, if the service has its folder with files of the same kind. A file that is not named after the use
// case is shared by all of them: the first one adds it.
func (p *plan) addFile(template, name string) error {
	file := strings.Replace(p.forms.replacer().Replace(name), "NUMBER", p.service.Number, 1)
	if len(p.service.files(path.Dir(file)+"/*"+path.Ext(file))) == 0 || file == name && p.service.has(file) {
		return nil
	}
	text, err := fs.ReadFile(templates, template)
	if err != nil {
		return err
	}
	filled, used := p.fill(string(withLF(text)))
	if !used {
		return nil
	}
	if p.service.has(file) {
		return fmt.Errorf("the name %q is taken: the file %s exists; choose another name", p.title(), file)
	}
	now := []byte(filled)
	if path.Ext(file) == ".go" {
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

var mark = regexp.MustCompile(` *(?://|#)(keys|limits)\n$`)

// fill replaces the names of the sample in a template. It leaves out the lines marked with keys, or a whole file that begins with the mark
// (then used is false), if the service has no idempotency keys, and those marked with limits if its HTTP API has no rate limit. A line
// about AnyRole is repeated for each role but staff.
func (p *plan) fill(text string) (filled string, used bool) {
	text, whole := strings.CutPrefix(text, "//keys\n")
	if whole && !p.service.Keys {
		return "", false
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if m := mark.FindStringSubmatch(line); m != nil {
			if m[1] == "keys" && !p.service.Keys || m[1] == "limits" && !p.service.Limits {
				continue
			}
			line = mark.ReplaceAllString(line, "\n")
		}
		if !strings.Contains(line, "AnyRole") && !strings.Contains(line, "any_role") {
			b.WriteString(line)
			continue
		}
		for _, role := range p.service.Others {
			b.WriteString(strings.NewReplacer("AnyRole", role.Name, "any_role", role.Text).Replace(line))
		}
	}
	return p.forms.replacer().Replace(b.String()), true
}
