package usecase

import (
	_ "embed"
	"fmt"
	"strings"
)

// An edit adds lines to a file that all use cases share.
type edit struct {
	target   string // the file, or a pattern of files, without tests, one of which declares the insertion's target
	insert   insertion
	lines    string
	optional bool // whether a service may do without the file
}

// An insertion returns a text with lines added, or false if the text does not contain its target.
type insertion func(text []byte, lines string) ([]byte, bool, error)

// edits are all additions to shared files. Their lines are templates.
var edits = []edit{
	{target: "ports/*.go", insert: endOf("Service"), lines: "\t«.Types»\n"},
	{target: "ports/*.go", insert: endOf("Store"), lines: "\t«.Type»Store\n"},
	{target: "ports/*.go", insert: endOfFileWith("Service"), lines: portLines},
	{target: "adapters/memstore/*.go", insert: endOf("Store"), lines: "\n\t«.Camels» map[«.Camel»Key]domain.«.Type»\n"},
	{target: "adapters/cli/*.go", insert: endOf("Commands"),
		lines: "\t\tGroup(\"«.Kebab»\", \"«.Verb» and show «.Names».\", «.Type»Commands(open)...),\n"},
	{target: "adapters/internal/sqlstore/isolation_test.go", insert: endOf("tables"), optional: true,
		lines: `	{"«.Snakes»", "«.Snake»_id, text, version, since", "'t', 1, now()", "text", "",
		map[string]string{"serve": "select insert update", "read": "select"}},
`},
	{target: "adapters/httpapi/*.go", insert: endOf("Service"), lines: "\tports.«.Types»\n"},
	{target: "adapters/httpapi/openapi.yaml", insert: endOfYAML("tags"), lines: "  - name: «.Kebabs»\n"},
	{target: "adapters/httpapi/openapi.yaml", insert: endOfYAML("paths"), lines: operationLines},
	{target: "adapters/httpapi/openapi.yaml", insert: endOfYAML("components", "schemas"), lines: schemaLines},
	{target: "cmd/proof/record/operations_test.go", insert: endOf("drivingPorts"), optional: true, lines: "\treflect.TypeFor[ports.«.Types»](),\n"},
	{target: "cmd/proof/record/operations_test.go", insert: endOf("independent"), optional: true, lines: callLines},
	{target: "cmd/proof/record/command_calls_test.go", insert: endOf("commandRuns"), optional: true,
		lines: "\t{\"«.Kebab» «.Do» x-1 words\", \"\"},\n\t{\"«.Kebab» show x-1\", \"\"},\n"},
	{target: "cmd/*/app/operations.json", insert: afterFirstLine, optional: true, lines: observedLines},
	{target: "cmd/*/app/calls.json", insert: afterFirstLine, optional: true, lines: commandLines},
	{target: exportedList, insert: exportedMethod("Service"), optional: true,
		lines: "«.Verb»«.Type»(context.Context, ports.«.Verb»«.Type») (ports.«.Type»Reply, error)"},
	{target: exportedList, insert: exportedMethod("Service"), optional: true,
		lines: "«.Type»(context.Context, ports.Actor, domain.«.Type»ID) (domain.«.Type», error)"},
	{target: exportedList, insert: exportedMethod("Store"), optional: true,
		lines: "Update«.Type»(context.Context, domain.TenantID, domain.«.Type»ID, func(domain.«.Type») (domain.«.Type», error)) error"},
	{target: exportedList, insert: exportedMethod("Store"), optional: true,
		lines: "«.Type»(context.Context, domain.TenantID, domain.«.Type»ID) (domain.«.Type», error)"},
}

//go:embed lines/port.go.txt
var portLines string

//go:embed lines/operations.yaml
var operationLines string

//go:embed lines/schemas.yaml
var schemaLines string

//go:embed lines/call.go.txt
var callLines string

//go:embed lines/operations.json
var observedLines string

//go:embed lines/calls.json
var commandLines string

// exportedList is the list of the names that embedders rely on, with one line for each interface.
const exportedList = "cmd/proof/contract/testdata/exported.txt"

// addLines plans an edit, after the earlier ones of the same file.
func (p *plan) addLines(e edit) error {
	lines, err := p.fill(e.target, string(withLF([]byte(e.lines))))
	if err != nil {
		return err
	}
	for _, file := range p.service.files(e.target) {
		if strings.HasSuffix(file, "_test.go") && file != e.target {
			continue
		}
		c, err := p.planned(file)
		if err != nil {
			return err
		}
		now, found, err := e.insert(c.now, string(lines))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if found {
			p.changes[file] = change{path: file, was: c.was, now: now}
			return nil
		}
	}
	if e.optional {
		return nil
	}
	return fmt.Errorf("%s has no declaration to which a use case could add %q", e.target, strings.TrimSpace(string(lines)))
}

// planned returns a file with the changes that are planned so far.
func (p *plan) planned(file string) (change, error) {
	if c, ok := p.changes[file]; ok {
		return c, nil
	}
	text, err := p.service.read(file)
	return change{path: file, was: text, now: text}, err
}
