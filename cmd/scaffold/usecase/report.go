package usecase

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"example.com/roster/cmd/scaffold/internal/naming"
)

// report prints the files of the plan, the lines to fill in, and what to do next.
func (p *plan) report(out io.Writer, done string) {
	f := p.forms
	what, tests, try := "the use case", f.Type, []string{f.Verb + ` x-1 "some text"`, "show x-1 --json"}
	if f.Further != "" {
		what, tests, try = "the command", naming.Capital(f.Further), []string{f.Further + " x-1"}
	}
	fmt.Fprintf(out, "%s %s %q\n\n", done, what, p.title())
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range p.sorted() {
		is := "changed"
		if c.was == nil {
			is = "new"
		} else if c.generated {
			is = "generated"
		}
		fmt.Fprintf(table, "  %s\t%s\n", c.path, is)
	}
	for _, document := range p.service.drawn() {
		fmt.Fprintf(table, "  %s\tgenerated\n", document)
	}
	fmt.Fprint(table, "\nfill in these lines:\n")
	for _, t := range p.todos() {
		fmt.Fprintf(table, "  %s:%d\t%s\n", t.path, t.line, t.what)
	}
	table.Flush()
	if f.Further != "" {
		fmt.Fprintf(out, "\nfor a new field of %s, also write a migration for its column: Test%sFields fails without it\n", f.Type, f.Type)
	} else if p.service.has("adapters/postgres/migrations") {
		fmt.Fprintf(out, "\nto create the table in PostgreSQL, run: %s migrate\n", p.service.Service)
	}
	if p.service.has("cmd/proof/record") {
		fmt.Fprintln(out, "\nto write the record of the service again, run: make generate")
	}
	fmt.Fprintf(out, "\nnext, run:\n  go test -run %s ./domain ./application ./adapters/... ./cmd/proof\n", tests)
	for _, args := range try {
		fmt.Fprintf(out, "  go run ./cmd/%s %s %s\n", p.service.Service, f.Kebab, args)
	}
}

// A todo is a line that the user fills in.
type todo struct {
	path string
	line int
	what string
}

// todos returns the added comments that begin with TODO, in the order of layers: from the domain to the entry points.
func (p *plan) todos() (found []todo) {
	for _, layer := range []string{"domain/", "ports/", "application/", "adapters/", "cmd/"} {
		for _, c := range p.sorted() {
			if !strings.HasPrefix(c.path, layer) || c.generated {
				continue
			}
			n := 0
			for line := range bytes.Lines(c.now) {
				n++
				if _, what, ok := strings.Cut(string(line), "TODO: "); ok && !bytes.Contains(c.was, line) {
					found = append(found, todo{c.path, n, strings.TrimSpace(what)})
				}
			}
		}
	}
	return found
}
