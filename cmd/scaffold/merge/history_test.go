package merge

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/scaffold/internal/program"
)

// versions are commits of this template, from which copies are updated to today's.
var versions = []struct {
	name, commit string
	byHand       bool // its owner completes the merge: docs/update.md says how
	usecase      bool // names that a use case uses have changed since: docs/update.md lists them
	answers      Answers
}{
	{"before the first release of 2026-11-28", "9803e71", true, true, Answers{Words: airline}},
	{"words", "eb7162f", false, true, Answers{Words: airline}},
	{"first minutes", "b4cc754", false, true, Answers{Words: map[string]string{"course": "workshop", "learner": "member"}}},
	{"rosters", "9c02581", false, false, Answers{Words: airline, Without: []string{"partner"}}},
	{"fast", "242d8c1", false, false, Answers{}},
	{"fast, bare", "242d8c1", true, false, Answers{Bare: true}},
}

var airline = map[string]string{"course": "flight", "learner": "passenger", "enroll": "book", "enrollment": "booking"}

// A copy of an earlier version, which its owner has changed in thirty files and given a use case, is updated to the last commit. Nothing of
// the owner is lost, what both have changed is a conflict, and the result builds and passes its tests. ROSTER_UPDATE_FROM limits the
// versions to one.
func TestUpdateOfEarlierVersions(t *testing.T) {
	if os.Getenv("ROSTER_MATRIX") == "" {
		t.Skip("it takes minutes for each version: set ROSTER_MATRIX=1, or run make scaffold-matrix")
	}
	for _, v := range versions {
		if only := os.Getenv("ROSTER_UPDATE_FROM"); only != "" && only != v.name {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			template, err := openTemplate("../../..", "")
			if err != nil {
				t.Fatal(err)
			}
			from, err := template.resolve(v.commit)
			if err != nil {
				t.Skipf("NOT RUN: this checkout does not have the commit %s: fetch the whole history", v.commit)
			}
			w := &work{template: "../../..", dir: filepath.Join(t.TempDir(), "booking"), from: from}
			w.repo = w.dir
			v.answers.Module = "example.com/acme/booking"
			if err := template.make(from, v.answers, w.dir, t.TempDir()); err != nil {
				t.Fatal(err)
			}
			git(t, w.dir, "config", "user.name", "owner")
			git(t, w.dir, "config", "user.email", "owner@localhost")
			in := program.In{Dir: w.dir}
			mustGo(t, in, "run", "./cmd/scaffold", "usecase", "stork")
			commitAll(t, w.dir, "Add a use case")
			changed := w.changeThirty(t)
			commitAll(t, w.dir, "Change thirty files")

			out, err := w.run(Change{From: from})
			t.Logf("update: %v\n%s", err, out)
			if strings.Contains(out, "  conflict: ") {
				w.resolve(t, changed)
			} else if err != nil && !strings.Contains(err.Error(), "run make generate") {
				t.Fatal(err)
			}
			files := w.files(t)
			for name, line := range changed {
				if now := w.renamed(t, name); !strings.Contains(files[now], line) {
					t.Errorf("%s, now %q, has lost %q", name, now, line)
				}
			}
			if v.byHand {
				return
			}
			if v.usecase {
				w.changeNames(t, "adapters/observe/stork.go")
				w.splitLines(t, "adapters/cli/stork.go")
			}
			mustGo(t, in, "generate", "./adapters/httpapi", "./ports", "./cmd/booking/app")
			mustGo(t, in, "vet", "./...")
			mustGo(t, in, "test", "./domain/...", "./application/...", "./adapters/...", "./cmd/proof/arch")
			commitAll(t, w.dir, "Generate, and adapt the use case")
			if out, err := w.run(Change{}); err != nil || !strings.Contains(out, "nothing to do") {
				t.Errorf("the second time: %s, %v", out, err)
			}
		})
	}
}

func mustGo(t *testing.T, in program.In, arguments ...string) {
	t.Helper()
	in.Env = []string{"GOWORK=off", "ROSTER_MATRIX=", "ROSTER_LONG="}
	if output, err := in.Run("go", arguments...); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
}

// changeThirty adds a line to thirty files, in the middle of half of them, and returns the lines.
func (w *work) changeThirty(t *testing.T) map[string]string {
	t.Helper()
	files := w.files(t)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool {
		return !slices.Contains([]string{".go", ".md", ".yaml", ".sql"}, path.Ext(name)) || generatedHeader.MatchString(files[name][:min(len(files[name]), 400)]) ||
			strings.Contains(name, "/testdata/") || strings.HasPrefix(name, "adapters/importer/formats/") || strings.Contains(name, "schemas")
	})
	changed := make(map[string]string)
	for i := range 30 {
		name := names[i*len(names)/30]
		text := files[name]
		line := map[string]string{".go": "// The owner's line %d.", ".md": "The owner's line %d.", ".yaml": "# The owner's line %d.", ".sql": "-- The owner's line %d."}[path.Ext(name)]
		line = fmt.Sprintf(line, i)
		changed[name] = line
		at := len(text)
		if blank := strings.Index(text[len(text)/2:], "\n}\n\n"); i%2 == 0 && path.Ext(name) == ".go" && blank >= 0 {
			at = len(text)/2 + blank + len("\n}\n\n")
			line += "\n"
		}
		write(t, w.dir, map[string]string{name: text[:at] + line + "\n" + text[at:]})
	}
	return changed
}

// resolve takes the template's side of each conflict with the owner's line, and completes the merge. Of a list, it takes both sides. A file
// that the template has removed, and that still has the owner's line, is removed, also from lines.
func (w *work) resolve(t *testing.T, lines map[string]string) {
	t.Helper()
	conflicts, err := program.In{Dir: w.dir}.List("git", "diff", "-z", "--name-only", "--diff-filter=U")
	if err != nil || len(conflicts) == 0 {
		t.Fatalf("no conflicts: %v", err)
	}
	stages, err := program.In{Dir: w.dir}.List("git", "ls-files", "-z", "--unmerged")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range conflicts {
		text, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		has := func(stage string) bool {
			return slices.ContainsFunc(stages, func(s string) bool { return strings.HasSuffix(s, " "+stage+"\t"+name) })
		}
		if has("1") && !has("3") {
			t.Logf("removed by the template, changed by the owner: %s", name)
			if !strings.Contains(string(text), lines[name]) {
				t.Errorf("%s has lost %q", name, lines[name])
			}
			git(t, w.dir, "rm", "--quiet", name)
			delete(lines, name)
			continue
		}
		t.Logf("conflict in %s", name)
		write(t, w.dir, map[string]string{name: resolved(string(text), path.Ext(name) == ".txt")})
	}
	git(t, w.dir, "add", "--all")
	git(t, w.dir, "-c", "core.editor=true", "cherry-pick", "--continue")
}

// resolved returns a text with the other side of each conflict, or both sides, and with the owner's lines.
func resolved(text string, both bool) string {
	var kept strings.Builder
	own := false
	for l := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(l, "<<<<<<< "):
			own = true
		case l == "=======\n", strings.HasPrefix(l, ">>>>>>> "):
			own = false
		case !own || both || strings.Contains(l, "The owner's line "):
			kept.WriteString(l)
		}
	}
	return kept.String()
}

// changeNames changes the names in a file of a use case as docs/update.md says: the last two columns of its table have them.
func (w *work) changeNames(t *testing.T, file string) {
	t.Helper()
	document, err := os.ReadFile("../../../docs/update.md")
	if err != nil {
		t.Fatal(err)
	}
	text := w.files(t)[file]
	for _, row := range regexp.MustCompile("(?m)^\\| .*\\| `(.+)` \\| `(.+)` \\|$").FindAllStringSubmatch(string(document), -1) {
		if !strings.Contains(text, row[1]) {
			t.Errorf("%s has no %q", file, row[1])
		}
		text = strings.ReplaceAll(text, row[1], row[2])
	}
	write(t, w.dir, map[string]string{file: text})
}

// splitLines gives Print each line of a text, as docs/update.md says.
func (w *work) splitLines(t *testing.T, file string) {
	t.Helper()
	text := w.files(t)[file]
	if !strings.Contains(text, `\n  version`) {
		return // each is a line already
	}
	text = regexp.MustCompile(`(describeStork\([^()]+\))\)`).ReplaceAllString(text, `strings.Split($1, "\n")...)`)
	write(t, w.dir, map[string]string{file: strings.Replace(text, "\"fmt\"\n", "\"fmt\"\n\t\"strings\"\n", 1)})
}

// renamed returns the name that a file of the owner has after the update.
func (w *work) renamed(t *testing.T, name string) string {
	t.Helper()
	changes := strings.FieldsFunc(git(t, w.dir, "log", "-z", "--format=", "--name-status", "--find-renames", "--diff-filter=R", "-3"), func(r rune) bool { return r == 0 })
	for ; len(changes) >= 3; changes = changes[3:] {
		if changes[1] == name {
			return changes[2]
		}
	}
	return name
}
