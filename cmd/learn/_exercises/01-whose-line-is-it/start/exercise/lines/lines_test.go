package lines

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var line = regexp.MustCompile("^([0-9]+)\\. +(\\S*) +`(.*)`$")

// Each line has one of the three words, and is in the handler.
func TestLines(t *testing.T) {
	t.Parallel()
	handler, err := os.ReadFile("../../cmd/bench/naive/handler.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("lines.md")
	if err != nil {
		t.Fatal(err)
	}
	var open []string // lines without an answer
	for written := range strings.Lines(string(text)) {
		match := line.FindStringSubmatch(strings.TrimSpace(written))
		if match == nil {
			continue
		}
		if number, word := match[1], match[2]; word == "_" {
			open = append(open, number)
		} else if !slices.Contains([]string{"rule", "storage", "protocol"}, word) {
			t.Errorf("Line %s: want rule, storage or protocol, got %q", number, word)
		}
		if !strings.Contains(string(handler), match[3]) {
			t.Errorf("Line %s: %s is not in handler.go: change the words only", match[1], match[3])
		}
	}
	if len(open) > 0 {
		t.Errorf("Without an answer: %s", strings.Join(open, ", "))
	}
}
