package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	os.Setenv("GOGC", "400") // with less garbage collection, the compiler and the linker need less CPU
	os.Exit(m.Run())
}

// The planted module has tests of its rule, and none of its limit but one that always fails.
var planted = map[string]string{
	"go.mod": "module example.com/planted\n\ngo 1.26\n",
	"rule/rule.go": `package rule

// Allowed has a query, too: "SELECT x WHERE a = 1" is a comment here.
func Allowed(age int) bool { return age >= 18 }

const limit = 7

func Limit() int { return limit }
`,
	"rule/rule_test.go": `package rule

import "testing"

func TestAllowed(t *testing.T) {
	if Allowed(17) || !Allowed(19) {
		t.Fail()
	}
}
`,
	"red/red_test.go": "package red\n\nimport (\n\t\"testing\"\n\n\t\"example.com/planted/rule\"\n)\n\n" +
		"func TestRed(t *testing.T) { t.Fatal(rule.Limit()) }\n",
	"use/use.go": "package use\n\nimport \"example.com/planted/rule\"\n\nfunc Adult() bool { return rule.Allowed(18) }\n",
	"use/use_test.go": `package use

import "testing"

func TestAdult(t *testing.T) {
	if !Adult() {
		t.Fail()
	}
}
`,
}

func plant(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range planted {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Every mutant of the planted module is caught by the tests that are there for it, except for the limit: the failure of a test that always
// fails says nothing.
func TestPlantedModule(t *testing.T) {
	t.Parallel()
	root := plant(t)
	o := options{root: root, areas: "rule", number: 100, seed: 1, limit: time.Hour, parallel: 2, output: filepath.Join(root, "results")}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	first, err := readLines(o.output)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range first {
		_, rest, _ := strings.Cut(line, "\t")
		got = append(got, rest)
	}
	want := []string{
		"rule/rule.go:4\tconstant + 1\t`18` => `19`\tcaught by use TestAdult",
		"rule/rule.go:4\tconstant - 1\t`18` => `17`\tcaught by rule TestAllowed",
		"rule/rule.go:4\treplace operator\t`>=` => `<`\tcaught by rule TestAllowed",
		"rule/rule.go:4\treplace operator\t`>=` => `>`\tcaught by use TestAdult",
		"rule/rule.go:4\treturn !\t`age >= 18` => `!(age >= 18)`\tcaught by rule TestAllowed",
		"rule/rule.go:6\tconstant + 1\t`7` => `8`\tSURVIVED",
		"rule/rule.go:6\tconstant - 1\t`7` => `6`\tSURVIVED",
		"rule/rule.go:8\treturn 0\t`limit` => `0`\tSURVIVED",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	o.list, o.survivors, o.own, o.output = o.output, true, true, filepath.Join(root, "again")
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if again, err := readLines(o.output); err != nil || len(again) != 3 {
		t.Errorf("a run of the survivors has %d results, %v; want 3", len(again), err)
	}
}

// A mutant of a list has one result, and is counted, if it does not compile or is absent, too. Any other failure of go build is an error.
func TestMutantsThatCannotBeTested(t *testing.T) {
	t.Parallel()
	root := plant(t)
	write := func(name, text string) string {
		file := filepath.Join(root, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("rule/rule.go", "package rule\n\nfunc Allowed(age int) bool { return age >= 18 }\n\nfunc Twice(s string) string { return s + s }\n")
	all, err := findAll(root, []string{"rule"})
	if err != nil {
		t.Fatal(err)
	}
	minus := slices.IndexFunc(all[0], func(m mutant) bool { return strings.Contains(m.String(), "`+` => `-`") })
	if minus < 0 {
		t.Fatal("no mutant that does not compile")
	}
	m := all[0][minus]
	o := options{root: root, areas: "rule", limit: time.Hour, parallel: 1, own: true, output: filepath.Join(root, "results")}
	o.list = write("list", m.String()+"\tSURVIVED\ngone\trule/rule.go:3\tSURVIVED\n")
	for range 2 { // the second run continues the first
		if err := run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := readLines(o.output)
	if want := []string{m.String() + "\t" + notCompiled, "gone\trule/rule.go:3\t" + absent}; err != nil || !slices.Equal(lines, want) {
		t.Errorf("got %q, %v, want %q", lines, err, want)
	}
	results, err := openResults(o.output)
	if err != nil {
		t.Fatal(err)
	}
	defer results.close()
	if got := results.summary(); !strings.HasSuffix(got, "1 did not compile, 1 absent from this tree") {
		t.Error(got)
	}

	r, err := newRunner(t.Context(), o, results)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	write("go.mod", "nonsense\n")
	if result, err := r.test(m, filepath.Join(r.scratch, "0")); err == nil || !strings.Contains(err.Error(), "go.mod:1") {
		t.Errorf("without a module, the result is %q, %v", result, err)
	}
}

// The draw is the same if a test changes or lines move, and another with another seed.
func TestDrawDependsOnTheCode(t *testing.T) {
	t.Parallel()
	order := func(root string, seed uint64) string {
		all, err := findAll(root, []string{"rule"})
		if err != nil {
			t.Fatal(err)
		}
		draw(all[0], seed)
		var ids []string
		for _, m := range all[0] {
			ids = append(ids, m.id)
		}
		return strings.Join(ids, " ")
	}
	root := plant(t)
	before, other := order(root, 1), order(root, 2)
	file := filepath.Join(root, "rule", "rule.go")
	if err := os.WriteFile(file, []byte("// Package rule has moved.\n\n"+planted["rule/rule.go"]), 0o644); err != nil {
		t.Fatal(err)
	}
	if after := order(root, 1); after != before || other == before {
		t.Errorf("got %s after the lines moved, and %s with another seed, want %s and another", after, other, before)
	}
}

func TestOperators(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"if ok { f() }":                         "if !(ok) { f() } ¦ if ok {} ¦ if ok {  }",
		"for range 3 { continue }":              "for range 4 { continue } ¦ for range 2 { continue } ¦ for range 3 {  }",
		"x = y && z":                            " ¦ x = y || z",
		"mu.Lock()":                             "",
		"x := q.Where(`a`).Limit(b)":            "x := q.Limit(b) ¦ x := q.Where(`a`)",
		"x := `SELECT a FROM b ORDER BY c ASC`": "x := `SELECT a FROM b ORDER BY c DESC`",
		"x := `DELETE FROM a WHERE b < ? AND (c OR d) RETURNING e`": "x := `DELETE FROM a WHERE b <= ? AND (c OR d) RETURNING e` ¦ " +
			"x := `DELETE FROM a WHERE b < ? RETURNING e` ¦ x := `DELETE FROM a WHERE 1 = 1 AND (c OR d) RETURNING e`",
	} {
		text := "package p\n\nfunc g() {\n\t" + line + "\n}\n"
		found, err := changesOfGo(text)
		if err != nil {
			t.Fatal(err)
		}
		var got, wanted []string
		for _, m := range found {
			got = append(got, strings.Split(m.apply(text), "\n")[3][1:])
		}
		if want != "" {
			wanted = strings.Split(want, " ¦ ")
		}
		slices.Sort(got)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: got\n%s\nwant\n%s", line, strings.Join(got, "\n"), strings.Join(wanted, "\n"))
		}
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for output, want := range map[string]string{
		"--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\nFAIL": "TestA",
		"panic: test timed out after 5m0s\nrunning tests:":             "(timeout)",
		"x.go:1:1: undefined: y\nFAIL p [build failed]":                "(build failed)",
		"panic: nil": "(panic)",
	} {
		if got := verdict(output); got != want {
			t.Errorf("%q: got %s, want %s", output, got, want)
		}
	}
}
