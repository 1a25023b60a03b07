package views

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/source"
)

func read(t *testing.T, files map[string]string) *source.Tree {
	t.Helper()
	module := fstest.MapFS{"go.mod": {Data: []byte("module m\n")}}
	for path, text := range files {
		module[path] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := source.Read(module)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// Packages of the same programs are together. A file that is not built is in no program, and neither is a test.
func TestDrawsProgramsAndTheImage(t *testing.T) {
	t.Parallel()
	tree := read(t, map[string]string{
		"domain/a.go":                  "package domain\n",
		"adapters/web/a.go":            "package web\n\nimport \"m/domain\"\n",
		"adapters/web/internal/a.go":   "package internal\n",
		"adapters/internal/text/a.go":  "package text\n",
		"adapters/mail/a.go":           "package mail\n",
		"cmd/roster/main.go":           "package main\n\nimport \"m/cmd/roster/app\"\n",
		"cmd/roster/app/a.go":          "package app\n\nimport (\n\t\"m/adapters/web\"\n\t\"m/adapters/web/internal\"\n\t\"m/adapters/internal/text\"\n)\n",
		"cmd/roster/app/a_test.go":     "package app\n\nimport \"m/adapters/mail\"\n",
		"cmd/roster/app/other.go":      "//go:build other\n\npackage app\n\nimport \"m/adapters/mail\"\n",
		"cmd/zoo/main.go":              "package main\n\nimport \"m/domain\"\n",
		"cmd/example/partner/main.go":  "package main\n",
		"cmd/proof/guard/generator.go": "//go:build ignore\n\npackage main\n",
		"Dockerfile": "FROM golang:1@sha256:ab AS build\nRUN CGO_ENABLED=0 go build -tags x -o /out/roster ./cmd/roster\nRUN mkdir /out/data\n\n" +
			"FROM scratch\nCOPY --from=build /etc/ca.crt /etc/\nCOPY --from=build /out/roster /roster\nCOPY --from=build --chown=1:1 /out/data /data\n",
	})
	want := "```mermaid\n" + wide + `flowchart LR
  packages0["<b>domain</b>"] --> zoo & roster
  packages1["adapters/internal/ text<br/>adapters/ web<br/>cmd/roster/ app"] --> roster
  zoo[[cmd/zoo]]
  roster[[cmd/roster]]
  subgraph image [image, from scratch]
    file0(/etc/)
    file1(/roster)
    file2(/data)
  end
  base([golang:1]) --> file0
  roster --> file1
` + "```\n\nPrograms without the core: cmd/example/partner.\n"
	if got, err := Programs(tree); err != nil || got != want {
		t.Errorf("drew %v\n%s\nwant\n%s", err, got, want)
	}
}

const someManifests = `
kind: Deployment
metadata: {name: front}
spec:
  replicas: 3
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a, part: front}}
    spec:
      containers: [{image: roster, args: [serve], envFrom: [{configMapRef: {name: settings}}]}]
      volumes: [{emptyDir: {}}, {secret: {secretName: password}}]
---
kind: Job
metadata: {name: once}
spec:
  template:
    metadata: {labels: {app: a, part: once}}
    spec:
      containers: [{image: roster, args: [migrate]}]
      volumes: [{secret: {secretName: password}}]
---
kind: HorizontalPodAutoscaler
metadata: {name: front}
spec: {minReplicas: 2, maxReplicas: 5, scaleTargetRef: {name: front}}
---
kind: Service
metadata: {name: web}
spec: {selector: {part: front}, ports: [{port: 80, targetPort: http}]}
---
kind: NetworkPolicy
metadata: {name: out}
spec:
  podSelector: {matchExpressions: [{key: part, operator: In, values: [front, once]}]}
  egress: [{to: [{podSelector: {matchLabels: {name: db}}}], ports: [{port: 1}, {port: 1}]}, {to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
---
kind: NetworkPolicy
metadata: {name: in}
spec:
  podSelector: {matchLabels: {part: front}}
  ingress: [{from: [{namespaceSelector: {matchLabels: {name: gateway}}}]}]
`

func TestDrawsManifests(t *testing.T) {
	t.Parallel()
	want := "```mermaid\n" + wide + `flowchart LR
  Deployment-front[["Deployment <b>front</b><br/>2 to 5 × roster serve"]]
  Job-once[["Job <b>once</b><br/>1 × roster migrate"]]
  read0["ConfigMap <b>settings</b>"] -.-> Deployment-front
  read1["Secret <b>password</b>"] -.-> Deployment-front & Job-once
  Service-web(["Service <b>web</b> :80"]) --> Deployment-front
  Deployment-front --> peer-db("db :1")
  Deployment-front --> peer-10-0-0-0-8("10.0.0.0/8")
  Job-once --> peer-db("db :1")
  Job-once --> peer-10-0-0-0-8("10.0.0.0/8")
  peer-gateway("gateway") --> Service-web
` + "```\n"
	if got, err := Deployment(read(t, map[string]string{manifestFolder + "/all.yaml": someManifests})); err != nil || got != want {
		t.Errorf("drew %v\n%s\nwant\n%s", err, got, want)
	}
	// Each of these is another view, so the drawing in the document would be stale.
	for _, change := range [][2]string{
		{"secretName: password", "secretName: key"}, {"part: front}, ports", "part: other}, ports"}, {"[front, once]", "[front]"}, {"minReplicas: 2", "minReplicas: 1"},
		{"operator: In", "operator: NotIn"}, {"{port: 1}, {port: 1}", "{port: 2}"}, {"args: [serve]", "args: [worker]"}, {"name: gateway", "name: mesh"},
		{"10.0.0.0/8", "10.0.0.0/8, except: [10.1.0.0/16]"},
	} {
		changed := strings.Replace(someManifests, change[0], change[1], 1)
		if got, err := Deployment(read(t, map[string]string{manifestFolder + "/all.yaml": changed})); err != nil || got == want || changed == someManifests {
			t.Errorf("%q draws the same as %q: %v", change[1], change[0], err)
		}
	}
	if _, err := Deployment(read(t, map[string]string{manifestFolder + "/all.yaml": "kind: [a"})); err == nil {
		t.Error("no error for a broken file")
	}
}

// The drawings in the document agree with the source and the manifests.
func TestDocumentIsFresh(t *testing.T) {
	t.Parallel()
	const root = "../../../../"
	tree, err := source.Read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(root + drawing.Document)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	if fresh, err := Into(text, tree); err != nil || text != fresh {
		t.Errorf("%s has an old drawing, %v: run go run ./cmd/proof/hexagon -write\nwant\n%s", drawing.Document, err, fresh)
	}
}

func TestLinesOfCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                                      0,
		"// why\n\n/* a\nb */\n":                0,
		"package a // why\n":                    1,
		"package a\n\nvar a, b = 1, 2\n":        2,
		"package a\n\nvar a = `x\n\ny`\n":       4,
		"package a\n\nvar a = f(\n\t1,\n\t2)\n": 4,
		"package a\r\n\r\nvar a = 1\r\n":        2,
		"package a; /* b\nc */ var d int":       2,
	} {
		if got := LinesOfCode(&source.File{Text: []byte(text)}); got != want {
			t.Errorf("%d lines of code in %q, want %d", got, text, want)
		}
	}
}
