package promises_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// update adds new promises to the lists. It never removes a line: to break a promise on purpose, delete its line by hand, and say in the
// commit who has to change what.
var update = flag.Bool("update", false, "add new lines to testdata/promises; a line that is gone has to be deleted by hand")

const (
	gone = "%d promises of %s are gone or changed. An older build on the same data, a consumer, a dashboard or a script relies on them. " +
		"Put them back. If a promise has to end, delete its line from %s by hand and say in the commit who must change what:\n- %s"
	added = "%d lines of %s are new. If others may rely on them from now on, run: " +
		"go test ./cmd/proof/promises -run '^%s$' -update\n+ %s"
)

// hold compares lines with the list of a topic, in any order and each once.
func hold(t *testing.T, topic string, lines []string) {
	t.Helper()
	file := filepath.Join("testdata", "promises", topic+".txt")
	content, err := os.ReadFile(file)
	if err != nil && !(*update && errors.Is(err, fs.ErrNotExist)) {
		t.Fatal(err)
	}
	held, seen := make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(string(content)) {
		held[strings.TrimRight(line, "\r\n")] = true
	}
	for _, line := range lines {
		seen[line] = true
	}
	less, more := without(held, seen), without(seen, held)
	if len(less) > 0 {
		t.Errorf(gone, len(less), topic, file, strings.Join(less, "\n- "))
	}
	if len(more) > 0 && !*update {
		test, _, _ := strings.Cut(t.Name(), "/")
		t.Errorf(added, len(more), topic, test, strings.Join(more, "\n+ "))
	}
	if len(more) > 0 && *update {
		maps.Copy(held, seen)
		text := strings.Join(slices.Sorted(maps.Keys(held)), "\n") + "\n"
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// without returns what a has and b has not, sorted.
func without(a, b map[string]bool) (lines []string) {
	for _, line := range slices.Sorted(maps.Keys(a)) {
		if !b[line] {
			lines = append(lines, line)
		}
	}
	return lines
}

// namesIn returns the names in a JSON document, each with its path and the type of its value: "items[].courseId string".
func namesIn(t testing.TB, document []byte) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	return walk("", value)
}

func walk(path string, value any) (names []string) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			names = append(names, walk(strings.TrimPrefix(path+"."+name, "."), inner)...)
		}
	case []any:
		for _, inner := range v {
			names = append(names, walk(path+"[]", inner)...)
		}
	case float64:
		return []string{path + " number"}
	case bool:
		return []string{path + " true or false"}
	default:
		return []string{fmt.Sprintf("%s %T", path, v)}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// prefixed puts text before each line.
func prefixed(text string, lines []string) []string {
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = text + line
	}
	return all
}
