package create

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// partWords match what only a service with the part has: names of programs, commands, flags and protocols.
var partWords = map[string]*regexp.Regexp{
	"postgres":    regexp.MustCompile(`(?i)postgres|\bpg_|pgbouncer|--database-(read|admin)-url`),
	"nats":        regexp.MustCompile(`(?i)\bnats\b|jetstream|\bbroker|roster (repair|worker|enqueue)|--(nats-|retention)|\bthe (?:relay|queue)\b`),
	"partner":     regexp.MustCompile(`/partner/|partner(?:'s)? (?:API|path)`),
	"oidc":        regexp.MustCompile(`(?i)oidc|openid|provider of tokens`),
	"telemetry":   regexp.MustCompile(`(?i)otlp|otel_|opentelemetry|prometheus|grafana|\bpprof|--?admin-addr|ADMIN_ADDR`),
	"importer":    regexp.MustCompile("\\b(?:an|the|roster|course|killed) import(?:er)?\\b|`import`|[^.]\\benqueue\\b|--(?:rejects|sync)\\b"),
	"schedule":    regexp.MustCompile(`(?i)\bthe schedule\b|scheduled maintenance|--retention|every ten minutes`),
	"unversioned": regexp.MustCompile(`(?i)unversioned|has no version|without a version|"gone"|^"/courses/`),
	"deploy":      regexp.MustCompile(`(?i)kubernetes|kustom|kubectl`),
	"record":      regexp.MustCompile("roster describe|owner\\.yaml|the record of the service"),
}

// leftovers returns the lines of documents and configuration, and the texts of the program, that name one of the parts.
func leftovers(t Tree, without []string) (found []string) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		for _, line := range linesOf(name, t[name]) {
			for _, part := range without {
				if partWords[part].MatchString(line) && !strings.Contains(line, "cmd/scaffold with") { // a command names any part
					found = append(found, part+": "+name+": "+strings.TrimSpace(line))
				}
			}
		}
	}
	return found
}

// linesOf returns what a user of the service reads in a file: the lines of a document or of configuration, and the strings of the program. Of
// tests, it returns flags and paths of parts: a test with one of a part that is left out fails in the service only.
func linesOf(name, text string) (lines []string) {
	test := strings.HasSuffix(name, "_test.go") && !within(name, "cmd/scaffold") && name != "cmd/roster/record/sample_test.go"
	switch {
	case test:
	case within(name, "cmd/scaffold"), within(name, "docs/adr"), strings.Contains(name, "testdata"), within(name, "cmd/proof"):
		return nil
	case path.Ext(name) == ".md", path.Ext(name) == ".yaml", path.Ext(name) == ".yml", name == "Makefile", name == "Dockerfile", within(name, ".ci"):
		return strings.Split(text, "\n")
	case path.Dir(name) != "cmd/roster/app" || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_gen.go"):
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if test {
				lines = append(lines, flagsAndPaths.FindAllString(literal.Value, -1)...)
			} else {
				lines = append(lines, literal.Value)
			}
		}
		_, imports := n.(*ast.ImportSpec)
		return !imports
	})
	return lines
}

var flagsAndPaths = regexp.MustCompile("^\"/(?:courses|partner)/|--[a-z][a-z-]+")

// A left-over is found in a document, in configuration and in a help text. What other files say is for developers, and may explain.
func TestLeftoversAreFound(t *testing.T) {
	t.Parallel()
	for part, text := range map[string]string{
		"postgres": "in PostgreSQL", "nats": "a NATS cluster", "partner": "POST /partner/v1/enrollments", "oidc": "OpenID Connect",
		"telemetry": "for Prometheus", "importer": "for an import", "schedule": "the schedule does", "unversioned": "the path without a version",
		"deploy": "on Kubernetes", "record": "roster describe",
	} {
		planted := Tree{
			"docs/a.md": "# A\n\nSentences.\n" + text + "\n", "compose.yaml": "# " + text + "\n", "cmd/roster/app/a.go": "package app\n\nconst help = `" + text + "`\n",
			"docs/b.md":        "go run ./cmd/scaffold without " + text + "\n",
			"application/a.go": "package application // " + text + "\n", "cmd/roster/app/b.go": "package app // " + text + "\n",
		}
		if found := leftovers(planted, []string{part}); len(found) != 3 {
			t.Errorf("%s: found %q, want three lines", part, found)
		}
		for _, other := range Parts {
			if other != part && len(leftovers(planted, []string{other})) > 0 {
				t.Errorf("%q counts as left over from %s", text, other)
			}
		}
	}
}

// Of a test, flags and paths count, and other texts do not.
func TestLeftoversInTestsAreFound(t *testing.T) {
	t.Parallel()
	planted := Tree{"cmd/proof/a_test.go": `package proof

var _ = []string{"serve --admin-addr off", "/partner/v1/enrollments", "/courses/go", "/v1/courses/go", "prometheus"}
`}
	want := []string{"telemetry: cmd/proof/a_test.go: --admin-addr", `partner: cmd/proof/a_test.go: "/partner/`, `unversioned: cmd/proof/a_test.go: "/courses/`}
	if found := leftovers(planted, Parts); !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}

// Without any one or two parts, a service has no dead link, imports no package that it does not have, and names neither of them in its
// documents, help and configuration.
func TestPairs(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	for _, without := range pairs() {
		t.Run(strings.Join(without, " "), func(t *testing.T) {
			t.Parallel()
			tree, err := New{Without: without}.selectParts(template)
			if err != nil {
				t.Fatal(err)
			}
			requireLinks(t, tree)
			requireMakefile(t, tree)
			requireImports(t, tree)
			for _, line := range leftovers(tree, without) {
				t.Errorf("%.200s", line)
			}
		})
	}
}

// requireImports requires the packages that are imported. What Wire has generated is generated again.
func requireImports(t *testing.T, tree Tree) {
	t.Helper()
	module, err := tree.parse()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range module.Files {
		for _, i := range f.Imports() {
			folder, own := module.Folder(i.Path)
			if own && path.Base(f.Path) != "wire_gen.go" && !tree.has(folder) {
				t.Errorf("%s imports %s, which is not there", f.Path, folder)
			}
		}
	}
}

// pairs returns every part, and every pair of parts.
func pairs() (all [][]string) {
	for i, one := range Parts {
		all = append(all, []string{one})
		for _, other := range Parts[i+1:] {
			all = append(all, []string{one, other})
		}
	}
	return all
}
