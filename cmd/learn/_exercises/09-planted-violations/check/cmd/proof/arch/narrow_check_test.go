package arch_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/arch"
	"example.com/roster/cmd/proof/source"
)

// The table forbids what it forbade before.
func TestTableIsAsNarrowAsBefore(t *testing.T) {
	t.Parallel()
	for file, text := range map[string]string{
		"domain/waited.go":            "package domain\n\nimport \"time\"\n\nvar now = time.Now\n",
		"domain/since.go":             "package domain\n\nimport \"time\"\n\nvar since = time.Since\n",
		"ports/clock.go":              "package ports\n\nimport \"time\"\n\nvar now = time.Now\n",
		"application/waiting.go":      "package application\n\nimport \"time\"\n\nvar now = time.Now\n",
		"application/service.go":      "package application\n\nimport _ \"example.com/roster/adapters/memstore\"\n",
		"application/system.go":       "package application\n\nimport _ \"example.com/roster/adapters/memstore\"\n",
		"adapters/membus/replay.go":   "package membus\n\nimport _ \"example.com/roster/adapters/memstore\"\n",
		"adapters/memstore/replay.go": "package memstore\n\nimport _ \"example.com/roster/adapters/membus\"\n",
	} {
		tree, err := source.Read(fstest.MapFS{
			"go.mod": {Data: []byte("module example.com/roster\n")},
			file:     {Data: []byte(text)},
		})
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(arch.Check(tree, arch.Table), "\n")
		if !strings.Contains(found, file) {
			_, reason, _ := strings.Cut(text, "\n\n")
			t.Errorf("the table now allows this in %s:\n%s\nThe next one who writes it gets no report. Change the code, and put the table back",
				file, strings.TrimSpace(reason))
		}
	}
}
