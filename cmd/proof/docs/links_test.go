package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)#:\s]*)(?:#([^)\s]*))?\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noID    = regexp.MustCompile(`[^\w\- ]`)
)

// Every link of a document to a file, and to a heading of one, leads there.
func TestLinks(t *testing.T) {
	t.Parallel()
	links := 0
	eachDocument(t, func(document, text string) {
		for _, l := range link.FindAllStringSubmatch(text, -1) {
			links++
			target := document
			if l[1] != "" {
				target = filepath.Join(filepath.Dir(document), l[1])
			}
			if _, err := os.Stat(target); err != nil || l[2] != "" && !hasHeading(target, l[2]) {
				t.Errorf("%s: %s leads nowhere", strings.TrimPrefix(document, root), l[0][1:])
			}
		}
	})
	if links == 0 {
		t.Error("no document has a link")
	}
}

func hasHeading(document, id string) bool {
	text, err := os.ReadFile(document)
	if err != nil {
		return false
	}
	for _, h := range heading.FindAllStringSubmatch(string(text), -1) {
		if strings.ReplaceAll(noID.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-") == id {
			return true
		}
	}
	return false
}
