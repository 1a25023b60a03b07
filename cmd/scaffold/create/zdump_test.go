package create

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDump(t *testing.T) {
	if os.Getenv("DUMP") == "" {
		t.Skip()
	}
	words, plurals := map[string]string{}, map[string]string{}
	for w := range strings.SplitSeq(os.Getenv("W"), ",") {
		a, b, _ := strings.Cut(w, "=")
		words[a] = b
	}
	for w := range strings.SplitSeq(os.Getenv("P"), ",") {
		if a, b, ok := strings.Cut(w, "="); ok {
			plurals[a] = b
		}
	}
	names, _ := NamesOf("example.com/acme/vocab")
	tree, warnings, err := New{Module: names.Module, Words: words, Plurals: plurals}.transform(readTemplate(t), names, "v1")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		t.Log(w)
	}
	dir := os.Getenv("DUMP")
	os.RemoveAll(dir)
	for name, text := range tree {
		f := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(f), 0o755)
		os.WriteFile(f, []byte(text), 0o644)
	}
}
