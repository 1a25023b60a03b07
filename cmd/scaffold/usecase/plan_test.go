package usecase

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

const serviceRoot = "../../.." // of the service that contains this package

func planIn(root string, c Command) (*plan, error) {
	s, err := readService(root)
	if err != nil {
		return nil, err
	}
	return c.plan(s)
}

// A plan adds lines and changes none. Its Go is formatted.
func TestPlan(t *testing.T) {
	t.Parallel()
	p, err := planIn(serviceRoot, Command{Name: "gnu-herd", Verb: "drive"})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.changes) < 20 {
		t.Errorf("%d changes only", len(p.changes))
	}
	lefts := []string{"sample", "Sample", "evise", "rchive", "// keys:", "# keys:", "# limits:"}
	if !slices.ContainsFunc(p.service.Others, func(r role) bool { return r.Name == "Member" }) { // as in a bare service
		lefts = append(lefts, "ports.Member", `"member of`)
	}
	for _, c := range p.changes {
		if !keepsLines(c.was, c.now) {
			t.Errorf("%s loses a line", c.path)
		}
		if path.Ext(c.path) == ".go" {
			if formatted, err := format.Source(c.now); err != nil || !bytes.Equal(formatted, c.now) {
				t.Errorf("%s is not formatted: %v", c.path, err)
			}
		}
		for _, left := range lefts {
			if bytes.Contains(c.now, []byte(left)) && !bytes.Contains(c.was, []byte(left)) {
				t.Errorf("%s has %q of the template", c.path, left)
			}
		}
	}
	for _, folder := range []string{"domain", "ports", "application", "adapters/internal/sqlstore", "adapters/httpapi", "adapters/cli"} {
		if !slices.ContainsFunc(p.todos(), func(at todo) bool { return path.Dir(at.path) == folder }) {
			t.Errorf("%s has no line to fill in", folder)
		}
	}
	for _, at := range p.todos() {
		c, err := p.planned(at.path)
		lines := strings.Split(string(c.now), "\n")
		if err != nil || !strings.Contains(lines[at.line-1], "TODO: "+at.what) {
			t.Errorf("%s:%d is not %q: %v", at.path, at.line, at.what, err)
		}
	}
}

// In a checkout with CRLF, the plan is the same, and each file that it writes has CRLF alone.
func TestCheckoutWithCRLF(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.CopyFS(root, withCRLF(t)); err != nil {
		t.Fatal(err)
	}
	want, err := planIn(serviceRoot, Command{Name: "gnu-herd", Verb: "drive"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := planIn(root, Command{Name: "gnu-herd", Verb: "drive"})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.sorted(), want.sorted()) {
		t.Error("the plan differs from that of a checkout with LF")
	}
	if err := write(root, got.sorted()); err != nil {
		t.Fatal(err)
	}
	for _, c := range got.sorted() {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c.path)))
		if err != nil || bytes.Count(text, []byte("\r\n")) != bytes.Count(text, []byte("\n")) || filetree.WithLF(text) != string(c.now) {
			t.Errorf("%s has mixed line ends, or another text than planned: %v", c.path, err)
		}
	}
}

// In the template, each insert has its target, also one that a service may lack: under another name, nothing would be added.
func TestOptionalInserts(t *testing.T) {
	t.Parallel()
	p, err := planIn(serviceRoot, Command{Name: "gnu-herd", Verb: "drive"})
	if err != nil {
		t.Fatal(err)
	}
	if !p.service.has("cmd/scaffold/create") {
		t.Skip("a service may have left out targets")
	}
	sample, err := readSample(p.service)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"record", "keys", "command"} {
		inserts, err := p.readInserts(sample, set)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range inserts {
			required := insert{i.files, i.where, i.lines, false}
			if err := p.addLines(required); i.optional && err != nil {
				t.Errorf("%s: %v", set, err)
			}
		}
	}
}

// withCRLF returns the service's files that a plan reads, with CRLF.
func withCRLF(t *testing.T) fs.FS {
	t.Helper()
	files := make(fstest.MapFS)
	service := os.DirFS(serviceRoot)
	err := fs.WalkDir(service, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !slices.Contains([]string{".go", ".mod", ".sql", ".json", ".yaml", ".txt"}, path.Ext(name)) {
			return err
		}
		text, err := fs.ReadFile(service, name)
		files[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(filetree.WithLF(text), "\n", "\r\n"))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// keepsLines reports whether all lines of was are in now, in order.
func keepsLines(was, now []byte) bool {
	left := slices.Collect(bytes.Lines(was))
	for line := range bytes.Lines(now) {
		if len(left) > 0 && bytes.Equal(line, left[0]) {
			left = left[1:]
		}
	}
	return len(left) == 0
}

// The error for a name that is taken says by what, in one line.
func TestNamesThatAreTaken(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	files := map[string]string{
		"go.mod":                                 "module example.com/m\n",
		"domain/a.go":                            "package domain\n\ntype Gnu int\n",
		"domain/goat.go":                         "package domain\n",
		"domain/b.go":                            "package domain\n\nfunc (Yak) changed() {}\n\nfunc (Eel) changed() {}\n\nfunc (Cow) changed() {}\n",
		"application/a.go":                       "package application\n\nfunc (Service) changeEel() {}\n\nfunc (Service) changeCow() {}\n\nfunc (Service) PutEel() {}\n\nfunc (Service) PutCow() {}\n",
		"application/eelarchive.go":              "package application\n\nfunc (Service) MoveEel() {}\n",
		"ports/eelmove.go":                       "package ports\n\ntype MoveEel int\n",
		"ports/z.go":                             "package ports\n\ntype PutEel int\n",
		"ports/a.go":                             "package ports\n\ntype Emus int\n\ntype Yaks int\n\ntype (\n\tEels int\n\tCows int\n\tArchiveCow  int\n\tPutCow      int\n)\n",
		"adapters/cli/commands.go":               "package cli\n\nfunc Commands() []any {\n\treturn []any{\n\t\tCommand(\"hen ID\"),\n\t\tGroup(\"duck\"),\n\t}\n}\n\nfunc More() any { return Command(\"jack-daw\") }\n",
		"cmd/m/app/commands.go":                  "package app\n\nfunc (p *program) rootCommand() { cli.Command(\"guinea-fowl\") }\n",
		"adapters/httpapi/openapi.yaml":          "paths:\n  /v1/owls:\n    get: {}\n  /v1/jays/{id}:\n    get: {}\ncomponents:\n  schemas:\n    Rook:\n      type: object\n",
		"adapters/sqlite/migrations/00007_x.sql": "CREATE TABLE finches (\n    x TEXT\n);\n",
	}
	bare, err := filetree.Load(os.DirFS(serviceRoot), bareFolder)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, bare) // a service has the sample in the program
	if err := filetree.Write(files, root); err != nil {
		t.Fatal(err)
	}
	s, err := readService(root)
	if err != nil || s.Number != "00008" || s.Service != "m" || s.Keys {
		t.Fatalf("%+v, %v", s, err)
	}
	for name, says := range map[string]string{
		"gnu": "domain/a.go:3", "goat": "domain/goat.go", "hen": "adapters/cli/commands.go", "duck": "adapters/cli/commands.go",
		"guinea-fowl": "cmd/m/app/commands.go", "owl": "adapters/httpapi/openapi.yaml", "jay": "adapters/httpapi/openapi.yaml",
		"rook": "adapters/httpapi/openapi.yaml", "finch": "sqlite/migrations/00007_x.sql",
		"jack-daw": "adapters/cli/commands.go", "heron": "has no declaration to which a use case could add",
	} {
		if _, err := (Command{Name: name, Verb: "put"}).plan(s); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", name, err, says)
		}
	}
	for name, says := range map[string]string{
		"gnu": "\"gnu\" with the plural gnus is not a simple record", "hen": "give that again, else write the command by hand", "heron": "make it by scaffold usecase heron",
		"emu": "lacks domain.Emu.changed", "yak": "lacks application.Service.changeYak",
		"eel": "application/eelarchive.go exists", "cow": "ports.ArchiveCow is declared at ports/a.go:10",
	} {
		if _, err := (Command{Name: name, Further: "archive"}).plan(s); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s archive: got %v, want %q", name, err, says)
		}
	}
	if _, err := readService(t.TempDir()); err == nil || !strings.Contains(err.Error(), "go.mod") {
		t.Errorf("without a module: got %v", err)
	}
}

func TestWriteAllOrNothing(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(root, "a"), []byte("old"), 0o755))
	must(os.Mkdir(filepath.Join(root, "full"), 0o755))
	must(os.WriteFile(filepath.Join(root, "full", "x"), nil, 0o644))
	tree := func() (text string) {
		must(filepath.Walk(root, func(file string, info os.FileInfo, err error) error {
			if err == nil && info.Mode().IsRegular() {
				var content []byte
				content, err = os.ReadFile(file)
				text += fmt.Sprintf("%s %s %q\n", file, info.Mode(), content)
			}
			return err
		}))
		return text
	}
	before := tree()
	changed, added := change{path: "a", was: []byte("old"), now: []byte("new")}, change{path: "b", now: []byte("b")}
	for why, changes := range map[string][]change{
		"a folder is missing":               {changed, added, {path: "none/c", now: []byte("c")}},
		"a file has changed":                {changed, added, {path: "full/x", was: []byte("other"), now: []byte("x")}},
		"a file that should be new exists":  {changed, added, {path: "full/x", now: []byte("x")}},
		"two changes add the same new file": {changed, added, added},
	} {
		err := write(root, changes)
		if after := tree(); err == nil || after != before {
			t.Errorf("%s: got %v, and\n%swant\n%s", why, err, after, before)
		}
	}
	a, err := os.Stat(filepath.Join(root, "a")) // a umask may have removed bits
	must(err)
	x, err := os.Stat(filepath.Join(root, "full", "x"))
	must(err)
	must(write(root, []change{changed, added}))
	if got := tree(); strings.Count(got, "\n") != 3 || !strings.Contains(got, fmt.Sprintf("a %s %q", a.Mode(), "new")) || !strings.Contains(got, fmt.Sprintf("b %s %q", x.Mode(), "b")) {
		t.Errorf("got %s", got)
	}
}
