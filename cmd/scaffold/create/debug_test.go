package create

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDebug(t *testing.T) {
	template := readTemplate(t)
	out := os.Getenv("DEBUG_OUT")
	for _, w := range strings.Fields(os.Getenv("DEBUG_WITHOUT")) {
		var without []string
		if w != "none" {
			without = strings.Split(w, ",")
		}
		tree, err := New{Without: without}.selectParts(template)
		if err != nil {
			t.Error(w, err)
			continue
		}
		if out != "" {
			if err := tree.Write(filepath.Join(out, w)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
