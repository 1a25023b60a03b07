package docs_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// banned are words that readers stumble over, each with the plain form. Whitespace and comment markers may part two words.
var banned = []struct {
	words    *regexp.Regexp
	instead  string
	userOnly bool // banned only in help, errors and API texts
}{
	{word(`he|his|him|himself`), `name the role ("the caller", "the learner"), or say "they"`, false},
	{word(`whoever`), `"everyone who", or name the role`, false},
	{word(`anew`), `"again"`, false},
	{word(`mend(?:s|ed|ing)?`), `"fix"`, false},
	{word(`came to`), `"resulted in", or name the result`, false},
	{word(`under way`), `"running"`, false},
	{regexp.MustCompile(`(?:^|[.:;,!?]\s+)([Ww]here)\s`), `"if" or "when", or name the thing`, true},
}

// exempt are licences, notices, other modules, test data, migrations that have run, copied documents and lists of old names.
var exempt = regexp.MustCompile(`(?:^|/)(?:\.git|bin|node_modules|testdata|roster-data|LICENSE|NOTICE|CHANGELOG\.md|package-lock\.json)$` +
	`|^adapters/httpapi/(?:docs|baseline\.yaml)$|cmd/demo/sample/README\.md$|^docs/renamed\.md$|^vendor$|^adapters/(?:postgres|sqlite)/migrations$|^cmd/bench/out$`)

// documents are the files other than Go that are read as a whole; specs are those of them that users of the API read.
var (
	documents = regexp.MustCompile(`\.(?:md|txt|tmpl|edits|keep|sql|pgbench|mjs|yaml|yml|json)$|(?:^|/)(?:Makefile|Dockerfile|run)$`)
	specs     = regexp.MustCompile(`\.(?:yaml|json)$`)
)

func word(alternatives string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(` + strings.ReplaceAll(alternatives, " ", `[\s/#*|>+-]+`) + `)\b`)
}

func TestBannedWords(t *testing.T) {
	t.Parallel()
	hits, err := findBanned(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, hit := range hits {
		t.Error(hit)
	}
}

// findBanned returns the banned words, each with its place and the plain form.
func findBanned(fsys fs.FS) (hits []string, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case exempt.MatchString(name) && entry.IsDir():
			return fs.SkipDir
		case exempt.MatchString(name) || entry.IsDir():
			return nil
		}
		texts, err := textsOf(fsys, name)
		for _, text := range texts {
			hits = append(hits, text.banned(name)...)
		}
		return err
	})
	return hits, err
}

// A text is what people read of a file.
type text struct {
	line  int // that it begins at
	words string
	user  bool // whether users read it, and not only programmers
}

func (t text) banned(file string) (found []string) {
	for _, b := range banned {
		if b.userOnly && !t.user {
			continue
		}
		for _, at := range b.words.FindAllStringSubmatchIndex(t.words, -1) {
			line := t.line + strings.Count(t.words[:at[2]], "\n")
			found = append(found, fmt.Sprintf("%s:%d: %q: write %s", file, line, t.words[at[2]:at[3]], b.instead))
		}
	}
	return found
}

func textsOf(fsys fs.FS, name string) ([]text, error) {
	isGo, isDocument := path.Ext(name) == ".go", documents.MatchString(name)
	if !isGo && !isDocument {
		return nil, nil
	}
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, content, parser.ParseComments|parser.SkipObjectResolution)
	switch {
	case err != nil && isDocument: // no Go, or a fragment of it
		return []text{{line: 1, words: string(content), user: specs.MatchString(name)}}, nil
	case err != nil:
		return nil, err
	}
	line := func(node ast.Node) int { return fset.Position(node.Pos()).Line }
	var texts []text
	for _, group := range file.Comments {
		comment := content[fset.Position(group.Pos()).Offset:fset.Position(group.End()).Offset]
		texts = append(texts, text{line: line(group), words: string(comment)})
	}
	if strings.HasSuffix(strings.TrimSuffix(name, ".txt"), "_test.go") {
		return texts, nil
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			unquoted, quoting := strconv.Unquote(literal.Value)
			err = errors.Join(err, quoting)
			if literal.Value[0] == '"' { // a line break in the text is none in the source
				unquoted = strings.ReplaceAll(unquoted, "\n", " ")
			}
			texts = append(texts, text{line: line(literal), words: unquoted, user: true})
		}
		return true
	})
	return texts, err
}

func TestBannedWordsAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string // the lines and words found
	}{
		"a/a.go":           {"package a\n\n// The caller waits until\n// He is under\n// way; the rest is there.\n", []string{"4 He", "4 under\n// way"}},
		"a/literal.go":     {"package a\n\nvar a, b = \"Mend it.\\nWhere it is,\", `\nit is, where it is`\n", []string{"3 Mend", "3 Where", "4 where"}},
		"a/sql.go":         {"package a\n\nvar a = \"SELECT 1 WHERE true\"\n\n// Where comments say it, it is allowed.\n", nil},
		"a/a_test.go":      {"package a\n\n// anew\nvar a = \"his\"\n", []string{"3 anew"}},
		"b/b.go.txt":       {"package b\n\nvar b = \"Where it is, mended\" // came to\n", []string{"3 came to", "3 mended", "3 Where"}},
		"b/b.go.tmpl":      {"package {{b}}\n\n// Whoever asks. Where it is.\n", []string{"3 Whoever"}},
		"docs/a.md":        {"They, the history, himalaya, commend.\nShe waved at him, where he was.\n", []string{"2 him", "2 he"}},
		"docs/renamed.md":  {"his", nil},
		"a/api.yaml":       {"description: Where it is open.\n", []string{"1 Where"}},
		"a/testdata/a.txt": {"he", nil},
		"LICENSE":          {"his", nil},
		"Makefile":         {"run: ## run it anew\n", []string{"1 anew"}},
		"data.csv":         {"he,him", nil},
	} {
		hits, err := findBanned(fstest.MapFS{name: {Data: []byte(c.text)}})
		if err != nil {
			t.Error(err)
		}
		var got []string
		for _, hit := range hits {
			line, quoted, _ := strings.Cut(strings.TrimPrefix(hit, name+":"), ": ")
			quoted, _, _ = strings.Cut(quoted, ": write ")
			words, _ := strconv.Unquote(quoted)
			got = append(got, line+" "+words)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, want %q", name, got, c.want)
		}
	}
}
