package drawing

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/source"
)

// The drawing in the document agrees with the source.
func TestDocumentIsFresh(t *testing.T) {
	t.Parallel()
	const root = "../../../../"
	tree, err := source.Read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(root + Document)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	fresh, err := Into(text, tree)
	if err != nil {
		t.Fatal(err)
	}
	if text != fresh {
		t.Errorf("%s has an old drawing: run go run ./cmd/proof/hexagon -write\nwant\n%s", Document, Of(tree))
	}
}

// smallTree returns a module with a package of each side.
func smallTree(t *testing.T) *source.Tree {
	t.Helper()
	module := fstest.MapFS{"go.mod": {Data: []byte("module m\n")}}
	for path, text := range map[string]string{
		"domain/a.go": "package domain\n",
		"ports/driving.go": "package ports\n\nimport \"m/domain\"\n\n" +
			"type Commands interface{ Do() }\ntype Action interface{ sealed() }\n",
		"ports/driven.go":          "package ports\n\ntype Store interface{ Keep() }\n",
		"ports/portstest/a.go":     "package portstest\n\nimport \"m/ports\"\n",
		"application/a.go":         "package application\n\nimport (\n\t\"m/domain\"\n\t\"m/ports\"\n)\n\nvar _ ports.Store\n",
		"adapters/web/a.go":        "package web\n\nimport (\n\t_ \"m/adapters/mail\"\n\t\"m/ports\"\n)\n\nvar _ ports.Commands\nvar _ ports.Action\n",
		"adapters/web/a_test.go":   "package web\n\nimport \"m/application\"\n",
		"adapters/sqlstore/a.go":   "package sqlstore\n\nimport p \"m/ports\"\n\nvar _ p.Store\n",
		"adapters/sqlstore/b/b.go": "package b\n\nimport \"m/adapters/sqlstore\"\n",
		"adapters/mail/a.go":       "package mail\n\nimport _ \"m/ports\"\n",
		"cmd/roster/main.go":       "package main\n\nimport \"m/cmd/roster/app\"\n",
		"cmd/roster/app/a.go": "package app\n\nimport (\n\t\"m/adapters/web\"\n\t\"m/adapters/sqlstore/b\"\n" +
			"\t\"m/application\"\n)\n",
		"cmd/proof/a.go": "package proof\n\nimport \"m/ports\"\n",
	} {
		module[path] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := source.Read(module)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestDrawsSidesPortsAndImports(t *testing.T) {
	t.Parallel()
	want := "```mermaid" + `
flowchart LR
  roster[cmd/roster]
  subgraph driving_adapters [driving adapters]
    web[web]
  end
  subgraph core [core]
    application{{application}}
    domain{{domain}}
    ports{{ports}}
  end
  subgraph driven_adapters [driven adapters]
    mail[mail]
    sqlstore[sqlstore]
  end
  mail -.-> ports
  sqlstore -.->|Store| ports
  web --> mail
  web -->|Commands| ports
  application --> ports
  roster --> sqlstore
  roster --> web
  roster --> application
  ports --> domain
` + "```\n"
	if got := Of(smallTree(t)); got != want {
		t.Errorf("drew\n%s\nwant\n%s", got, want)
	}
}

func TestMarkersMustBeInOrder(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- hexagon:begin -->\n", "<!-- hexagon:end -->\n"
	tree := new(source.Tree)
	got, err := Into("before\n"+begin+"old\n"+end+"\nafter\n", tree)
	if want := "before\n" + begin + Of(tree) + end + "\nafter\n"; err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	for _, text := range []string{"", begin, end, end + begin} {
		if _, err := Into(text, tree); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}
