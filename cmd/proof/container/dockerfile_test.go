package container

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"go/version"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// An instruction is a line of a Dockerfile with its continuation lines.
type instruction struct{ name, args string }

type dockerfile []instruction

func readDockerfile(t *testing.T) dockerfile {
	t.Helper()
	text, err := os.ReadFile(root + "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var d dockerfile
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			name, args, _ := strings.Cut(line, " ")
			d = append(d, instruction{name, strings.TrimSpace(args)})
		}
	}
	return d
}

// all returns the arguments of all instructions with a name.
func (d dockerfile) all(name string) (found []string) {
	for _, i := range d {
		if i.name == name {
			found = append(found, i.args)
		}
	}
	return found
}

// last returns the arguments of the last one, which the image uses.
func (d dockerfile) last(t *testing.T, name string) string {
	t.Helper()
	found := d.all(name)
	if len(found) == 0 {
		t.Fatalf("no %s", name)
	}
	return found[len(found)-1]
}

// build returns the command that builds the program.
func (d dockerfile) build(t *testing.T) string {
	t.Helper()
	i := slices.IndexFunc(d, func(i instruction) bool { return i.name == "RUN" && strings.Contains(i.args, "go build") })
	if i < 0 {
		t.Fatal("no instruction runs go build")
	}
	return d[i].args
}

func readModule(t *testing.T) *modfile.File {
	t.Helper()
	text, err := os.ReadFile(root + "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	module, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func TestImageUsesTheGoVersionOfTheModule(t *testing.T) {
	t.Parallel()
	from := readDockerfile(t).all("FROM")
	if len(from) != 2 || from[1] != "scratch" {
		t.Fatalf("from %q: want golang and then scratch", from)
	}
	m := regexp.MustCompile(`^golang:(\d+\.\d+\.\d+)@sha256:[0-9a-f]{64} AS build$`).FindStringSubmatch(from[0])
	if m == nil {
		t.Fatalf("%q is not a release of Go", from[0])
	}
	used, required := "go"+m[1], "go"+readModule(t).Go.Version
	if version.Lang(used) != version.Lang(required) || version.Compare(used, required) < 0 {
		t.Errorf("built with %s, and go.mod requires %s", used, required)
	}
}

// COPY names files that exist: in the source, or created by the build stage.
func TestCopiedFilesExist(t *testing.T) {
	t.Parallel()
	d := readDockerfile(t)
	created := strings.Join(d.all("RUN"), "\n") + "\n/etc/ssl/certs/ca-certificates.crt" // part of the image of Go
	for _, args := range d.all("COPY") {
		var paths []string
		built := false
		for arg := range strings.FieldsSeq(args) {
			if !strings.HasPrefix(arg, "--") {
				paths = append(paths, arg)
			}
			built = built || arg == "--from=build"
		}
		for _, path := range paths[:len(paths)-1] {
			if built {
				if !regexp.MustCompile(regexp.QuoteMeta(path) + `(\s|$)`).MatchString(created) {
					t.Errorf("COPY %s: no instruction creates %s", args, path)
				}
			} else if _, err := os.Stat(root + path); err != nil {
				t.Errorf("COPY %s: %v", args, err)
			}
		}
	}
}

// The image runs as a numeric user that is not root, which orchestrators can check, and that user owns the data.
func TestImageDoesNotRunAsRoot(t *testing.T) {
	t.Parallel()
	d := readDockerfile(t)
	user := d.last(t, "USER")
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		t.Errorf("runs as %s", user)
	}
	volume := d.last(t, "VOLUME")
	if want := "--from=build --chown=" + user + " /out/data " + volume; !slices.Contains(d.all("COPY"), want) {
		t.Errorf("the user does not own %s: no COPY %s", volume, want)
	}
	if env := d.last(t, "ENV"); env != "ROSTER_DATA_DIR="+volume {
		t.Errorf("the volume is %s, but %s", volume, env)
	}
}

func TestImageStartsTheProgram(t *testing.T) {
	t.Parallel()
	d := readDockerfile(t)
	entry := words(t, d.last(t, "ENTRYPOINT"))
	if len(entry) != 1 || !slices.Contains(d.all("COPY"), "--from=build /out/roster "+entry[0]) {
		t.Errorf("starts %q, which is not the built program", entry)
	}
	requireCommand(t, words(t, d.last(t, "CMD")), map[string]string{"ROSTER_DATA_DIR": ""})
	if port := d.last(t, "EXPOSE"); port != "8080" {
		t.Errorf("exposes %s, but serve listens on 8080", port)
	}
}

// words reads a command in the form that needs no shell.
func words(t *testing.T, args string) (list []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(args), &list); err != nil {
		t.Fatalf("%s needs a shell, which the image does not have: %v", args, err)
	}
	return list
}

// If code calls a method by a name that is known only at run time, as templates do, the linker keeps every exported method of every type,
// and the program is a fifth larger.
func TestLinkerCanDropUnusedMethods(t *testing.T) {
	t.Parallel()
	program(t)
	if !bytes.Contains(built.links, []byte(" -> main.main")) {
		t.Fatal("the linker printed no dependencies")
	}
	for _, m := range regexp.MustCompile(`(?m)^.* -> (\S+) \S*<ReflectMethod>$`).FindAllSubmatch(built.links, -1) {
		if !bytes.HasPrefix(m[1], []byte("reflect.")) {
			t.Errorf("%s: calls methods by name", m[0])
		}
	}
}

// The program needs no loader and no library.
func TestProgramIsStatic(t *testing.T) {
	t.Parallel()
	file, err := elf.Open(program(t))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("has %s", p.Type)
		}
	}
	if file.Section(".symtab") != nil {
		t.Error("has symbols")
	}
	if info, err := os.Stat(program(t)); err == nil {
		t.Logf("%.1f MB", float64(info.Size())/1e6)
	}
	if output, code := roster(t, nil, "version"); code != 0 {
		t.Errorf("version: exit %d\n%s", code, output)
	}
}
