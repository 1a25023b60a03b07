package portstest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every rule is a quotation from the comments of package ports. "…" stands for what is left out between two quotations.
func TestRulesQuoteThePorts(t *testing.T) {
	t.Parallel()
	text := commentsOf(t, "../*.go")
	rules := make(map[string]string)
	collect(rules, StoreCases())
	collect(rules, MaintenanceCases())
	collect(rules, ErasureCases())
	collect(rules, DeadLetterCases())
	collect(rules, OutboxCases())
	collect(rules, LockerCases())
	collect(rules, BusCases())
	if len(rules) != 135 {
		t.Errorf("%d cases with different names, want 135", len(rules))
	}
	for name, rule := range rules {
		for quotation := range strings.SplitSeq(rule, " … ") {
			if !strings.Contains(text, quotation) {
				t.Errorf("%s: no comment of package ports says %q", name, quotation)
			}
		}
	}
}

func collect[O any](rules map[string]string, cases []Case[O]) {
	for _, c := range cases {
		rules[c.Name] = c.Rule
	}
}

// commentsOf returns the comments of the files as running text: without numbers of items and brackets of links.
func commentsOf(t *testing.T, pattern string) string {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	var text strings.Builder
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CommentGroup); ok {
				text.WriteString(itemNumber.ReplaceAllString(c.Text(), "") + "\n")
			}
			return true
		})
	}
	return strings.Join(strings.Fields(strings.NewReplacer("[", "", "]", "").Replace(text.String())), " ")
}

var itemNumber = regexp.MustCompile(`(?m)^ *\d+\. `)
