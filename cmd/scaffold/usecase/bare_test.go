package usecase

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// The record of the bare service, which is compiled and tested in place, is what the templates make for a service without idempotency
// keys. To change it, change both.
func TestBareRecord(t *testing.T) {
	t.Parallel()
	bare := os.DirFS("../../bare")
	f, err := parseName("sample-note", "", "put")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlan(service{fsys: bare, Others: []role{{"Member", "member"}, {"Partner", "partner"}}}, f)
	compared := 0
	err = fs.WalkDir(templates, "templates/record", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file := strings.NewReplacer("templates/record/", "", ".tmpl", "", "NUMBER", "00001").Replace(name)
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			return err
		}
		filled, used := p.fill(string(withLF(text)))
		if !used || !p.service.has(path.Dir(file)) {
			return nil
		}
		want := []byte(strings.ReplaceAll(filled, "\"example.com/roster/", "\"example.com/roster/cmd/bare/"))
		if path.Ext(file) == ".go" {
			if want, err = format.Source(want); err != nil {
				return err
			}
		}
		compared++
		if got, err := p.service.read(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("cmd/bare/%s differs from %s: %v, want\n%s", file, name, err, want)
		}
		return nil
	})
	if err != nil || compared < 16 {
		t.Errorf("compared %d files, %v", compared, err)
	}
	edits, err := p.readEdits("record")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		if shared := p.service.files(e.files); !e.optional && len(shared) > 0 && !inOne(t, p.service, shared, e.lines) {
			t.Errorf("no file of cmd/bare/%s has\n%s", e.files, e.lines)
		}
	}
}

// inOne reports whether one of the files has the lines.
func inOne(t *testing.T, s service, files []string, lines string) bool {
	t.Helper()
	for _, file := range files {
		text, err := s.read(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), strings.TrimLeft(lines, "\n")) {
			return true
		}
	}
	return false
}
