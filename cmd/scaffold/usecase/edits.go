package usecase

import (
	"bytes"
	_ "embed"
	"fmt"
	"path"
	"strings"
)

// An edit adds lines to a file that all use cases share.
type edit struct {
	where    string // the file, or the folder of the Go package that declares what grows
	grow     growth
	lines    string
	optional bool // whether a service may do without the file
}

// A growth returns a text with lines added, and false where it has no place for them.
type growth func(text []byte, lines string) ([]byte, bool, error)

// edits are all that shared files gain, with words to be filled in.
var edits = []edit{
	{where: "ports", grow: inType("Service"), lines: "\t«.Types»\n"},
	{where: "ports", grow: inType("Store"), lines: "\t«.Type»Store\n"},
	{where: "ports", grow: besideType("Service"), lines: port},
	{where: "adapters/memstore", grow: inType("Store"), lines: "\n\t«.Camels» map[«.Camel»Key]domain.«.Type»\n"},
	{where: "adapters/cli", grow: inReturned("Commands"),
		lines: "\t\tGroup(\"«.Kebab»\", \"«.Verb» and show «.Names».\", «.Type»Commands(open)...),\n"},
	{where: "adapters/internal/sqlstore/isolation_test.go", grow: inVariable("tables"), optional: true,
		lines: `	{"«.Snakes»", "«.Snake»_id, text, version, since", "'t', 1, now()", "text", "",
		map[string]string{"serve": "select insert update", "read": "select"}},
`},
	{where: "adapters/httpapi", grow: inType("Service"), lines: "\tports.«.Types»\n"},
	{where: "adapters/httpapi/openapi.yaml", grow: inYAML("tags"), lines: "  - name: «.Kebabs»\n"},
	{where: "adapters/httpapi/openapi.yaml", grow: inYAML("paths"), lines: operations},
	{where: "adapters/httpapi/openapi.yaml", grow: inYAML("components", "schemas"), lines: schemas},
	{where: promised, grow: inPromise("Service"), optional: true,
		lines: "«.Verb»«.Type»(context.Context, ports.«.Verb»«.Type») (ports.«.Type»Reply, error)"},
	{where: promised, grow: inPromise("Service"), optional: true,
		lines: "«.Type»(context.Context, ports.Actor, domain.«.Type»ID) (domain.«.Type», error)"},
	{where: promised, grow: inPromise("Store"), optional: true,
		lines: "Update«.Type»(context.Context, domain.TenantID, domain.«.Type»ID, func(domain.«.Type») (domain.«.Type», error)) error"},
	{where: promised, grow: inPromise("Store"), optional: true,
		lines: "«.Type»(context.Context, domain.TenantID, domain.«.Type»ID) (domain.«.Type», error)"},
}

//go:embed lines/port.go.txt
var port string

//go:embed lines/operations.yaml
var operations string

//go:embed lines/schemas.yaml
var schemas string

// promised is what embedders were promised, one line for each interface.
const promised = "cmd/proof/contract/testdata/exported.txt"

// edit plans an edit, on top of those of the same file before it.
func (p *plan) edit(e edit) error {
	lines, err := p.fill(e.where, e.lines)
	if err != nil {
		return err
	}
	files := []string{e.where}
	if path.Ext(e.where) == "" {
		files = p.service.goFiles(e.where)
	}
	for _, file := range files {
		if e.optional && !p.service.has(file) || strings.HasSuffix(file, "_test.go") && file != e.where {
			continue
		}
		c, err := p.planned(file)
		if err != nil {
			return err
		}
		now, fits, err := e.grow(c.now, string(lines))
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", file, err)
		case !fits:
			continue
		case !bytes.Equal(now, c.now):
			p.replace(change{path: file, was: c.was, now: now})
		}
		return nil
	}
	if e.optional {
		return nil
	}
	return fmt.Errorf("%s has no place for what a use case adds: %s", e.where, strings.TrimSpace(string(lines)))
}

// planned returns a file as the plan has it so far.
func (p *plan) planned(file string) (change, error) {
	for _, c := range p.changes {
		if c.path == file {
			return c, nil
		}
	}
	text, err := p.service.read(file)
	return change{path: file, was: text, now: text}, err
}

func (p *plan) replace(c change) {
	for i := range p.changes {
		if p.changes[i].path == c.path {
			p.changes[i] = c
			return
		}
	}
	p.changes = append(p.changes, c)
}
