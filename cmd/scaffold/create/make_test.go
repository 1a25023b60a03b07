package create

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/arch"
	"example.com/roster/cmd/scaffold/merge"
)

var airline = map[string]string{
	"course": "flight", "learner": "passenger", "enroll": "book", "enrollment": "booking",
	"withdraw": "cancel/cancels/cancelled/cancelling", "withdrawal": "cancellation", "waitlist": "queue",
}

// With any parts and any words, the files of a service are valid Go, match a table of the architecture without superfluous rows,
// have no dead links and no target of make that runs what they lack, and contain no old name.
func TestMake(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	cells := map[string]New{
		"default": {}, "bare": {Bare: true, Usecase: "note"}, "all out": {Without: Parts},
		"words": {Words: airline}, "words, some out": {Words: airline, Without: []string{"nats", "oidc", "telemetry"}},
		"roster renamed":            {Words: map[string]string{"roster": "manifest", "tenant": "clinic"}},
		"with learn":                {Learn: true},
		"words with other meanings": {Words: map[string]string{"course": "range", "withdraw": "cancel"}},
	}
	for _, part := range Parts {
		cells["without "+part] = New{Without: []string{part}}
	}
	for name, c := range cells {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.Module = "example.com/acme/my-app2"
			names, err := NamesOf(c.Module)
			if err != nil {
				t.Fatal(err)
			}
			tree, warnings, err := c.transform(template, names, "v1.2.3")
			if err != nil {
				t.Fatal(err)
			}
			requireNoOldNames(t, tree, c.Words)
			requireForeign(t, template, tree, c.Bare || slices.Contains(c.Without, "importer"))
			if got := tree.has("cmd/learn") && tree.has("cmd/bench/naive/main.go"); got != c.Learn || !c.Learn && mentionsLearn(tree) {
				t.Errorf("it has cmd/learn: %t; or a document names it", got)
			}
			requireLinks(t, tree)
			requireMakefile(t, tree)
			requireWarnings(t, tree, warnings, len(c.Words) > 0)
			if _, err := tree.parse(); err != nil {
				t.Error(err)
			}
			for _, row := range rows(tree[archTables[0]] + tree[archTables[1]]) {
				if !slices.ContainsFunc(arch.Table, func(r arch.Row) bool { return r.Path == row }) && !strings.Contains(row, "my-app2") {
					t.Errorf("the table has a row %s, and the template's table has not", row)
				}
			}
		})
	}
}

// mentionsLearn reports whether a document or the Makefile names the exercises.
func mentionsLearn(tree Tree) bool {
	for name, text := range tree {
		if (path.Ext(name) == ".md" || name == "Makefile") && regexp.MustCompile(`cmd/learn|make learn|teaching\.md|teaching-slides`).MatchString(text) {
			return true
		}
	}
	return false
}

func rows(table string) (found []string) {
	for _, m := range rowFolder.FindAllStringSubmatch(table, -1) {
		found = append(found, m[1])
	}
	return found
}

// otherSystem matches the name of a format of files.
var otherSystem = regexp.MustCompile(`(?i)oneroster`)

func requireNoOldNames(t *testing.T, tree Tree, words map[string]string) {
	t.Helper()
	gone := []string{templateName}
	for word := range words {
		gone = append(gone, word)
	}
	old := regexp.MustCompile("(?i)" + strings.Join(gone, "|"))
	for name, text := range tree {
		if within(name, foreign) {
			continue
		}
		if old.MatchString(name) {
			t.Errorf("a file is named %s", name)
		}
		if name == merge.RecordFile && len(words) > 0 {
			continue // it lists them
		}
		text = otherSystem.ReplaceAllString(text, "")
		lower := strings.ToLower(text)
		if !slices.ContainsFunc(gone, func(word string) bool { return strings.Contains(lower, word) }) {
			continue
		}
		for n, line := range strings.Split(text, "\n") {
			if m := old.FindString(line); m != "" && isText(text) {
				t.Errorf("%s:%d: %s in %.120s", name, n+1, m, line)
			}
		}
	}
}

// requireForeign requires that the mapping files of other systems are as they were but for names of ours, unless what reads them is gone.
func requireForeign(t *testing.T, template, tree Tree, gone bool) {
	t.Helper()
	n := 0
	keys := regexp.MustCompile(`(?m)^(?:[a-z-]+|  [a-z_]+_id):`)
	for name, text := range template {
		if within(name, foreign) && !gone {
			n++
			if keys.ReplaceAllString(tree[name], "") != keys.ReplaceAllString(text, "") {
				t.Errorf("%s has changed: %.100q", name, tree[name])
			}
		}
	}
	if n == 0 && !gone {
		t.Errorf("the template has no files in %s", foreign)
	}
}

// requireLinks requires that every link of a document resolves, and so does every test that a document names.
func requireLinks(t *testing.T, tree Tree) {
	t.Helper()
	for name, text := range tree {
		if path.Ext(name) != ".md" || strings.HasPrefix(name, exercises) {
			continue
		}
		for _, r := range reference.FindAllStringSubmatch(text, -1) {
			if !tree.resolves(name, r) {
				t.Errorf("%s refers to %s", name, r[0])
			}
		}
	}
}

// requireWarnings requires that every warning begins with a line of the service, as FILE:LINE, and that there are none without words.
func requireWarnings(t *testing.T, tree Tree, warnings []string, words bool) {
	t.Helper()
	if !words && len(warnings) > 0 {
		t.Errorf("no words are given, but there are warnings: %q", warnings)
	}
	for _, w := range warnings {
		place, about, _ := strings.Cut(w, ": ")
		file, n, _ := strings.Cut(place, ":")
		line, err := strconv.Atoi(n)
		lines := strings.Split(tree[file], "\n")
		if err != nil || line < 1 || line > len(lines) || about == "" {
			t.Errorf("the service has no such line: %s", w)
		}
	}
}

// requireMakefile requires that every folder that a target of make names exists, and so does every target that .PHONY or CI names.
func requireMakefile(t *testing.T, tree Tree) {
	t.Helper()
	text := tree["Makefile"]
	for _, m := range regexp.MustCompile(`\./(cmd/[\w/-]*\w)`).FindAllStringSubmatch(text, -1) {
		if !tree.has(m[1]) {
			t.Errorf("Makefile runs %s, which is missing", m[0])
		}
	}
	for _, file := range []string{".ci/run", ".github/workflows/ci.yml"} {
		for _, m := range regexp.MustCompile(`(?m)^[^#\n]*\b(make (?:-\S+ )*([a-z][a-z-]*))`).FindAllStringSubmatch(tree[file], -1) {
			if !tree.hasTarget(m[2]) {
				t.Errorf("%s runs %s, which is no target", file, m[1])
			}
		}
	}
	_, phony, _ := strings.Cut(text, ".PHONY: ")
	phony, _, _ = strings.Cut(phony, "\n")
	for name := range strings.FieldsSeq(phony) {
		if !strings.Contains(text, "\n"+name+":") {
			t.Errorf("Makefile has no target %s, which .PHONY names", name)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(strings.Fields(phony), m[1]) {
			t.Errorf("Makefile has a target %s, which .PHONY lacks", m[1])
		}
	}
}
