package usecase

import (
	"bytes"
	"fmt"
	"io"
	"slices"
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
		fmt.Fprintf(table, "  %s\t%s\n", c.path, c.describe())
	}
	fmt.Fprint(table, "\nfill in these lines:\n")
	for _, t := range p.todos() {
		fmt.Fprintf(table, "  %s:%d\t%s\n", t.path, t.line, t.what)
	}
	table.Flush()
	if f.Further == "" && p.service.has("adapters/postgres/migrations") {
		fmt.Fprintf(out, "\nto create the table in PostgreSQL, run: %s migrate\n", p.service.Service)
	}
	if p.service.has("docs/service") {
		fmt.Fprintln(out, "\nto write the record of the service again, run: make generate")
	}
	fmt.Fprintf(out, "\nnext, run:\n  go test -run %s ./domain ./application ./adapters/... ./cmd/proof\n", tests)
	for _, args := range try {
		fmt.Fprintf(out, "  go run ./cmd/%s %s %s\n", p.service.Service, f.Kebab, args)
	}
}

// describe says in a few words how a file changes.
func (c change) describe() string {
	switch {
	case c.was == nil:
		return "new"
	case c.generated:
		return "generated again"
	}
	was, now := bytes.Split(c.was, []byte("\n")), bytes.Split(c.now, []byte("\n"))
	at := 0
	for at < len(was) && bytes.Equal(was[at], now[at]) {
		at++
	}
	return fmt.Sprintf("changed from line %d, lines added: %d", at+1, len(now)-len(was))
}

// A todo is a line that the user fills in.
type todo struct {
	path string
	line int
	what string
}

// todos returns the added comments that begin with TODO, in the order of layers: from the domain to the entry points.
func (p *plan) todos() (found []todo) {
	for _, c := range p.sorted() {
		if c.generated {
			continue
		}
		old := slices.Collect(bytes.Lines(c.was))
		for i, line := range slices.Collect(bytes.Lines(c.now)) {
			if len(old) > 0 && bytes.Equal(old[0], line) {
				old = old[1:]
				continue
			}
			if _, what, ok := strings.Cut(string(line), "TODO: "); ok {
				found = append(found, todo{c.path, i + 1, strings.TrimSpace(what)})
			}
		}
	}
	order := []string{"domain/", "ports/", "application/", "adapters/", "cmd/"}
	rank := func(t todo) int {
		return slices.IndexFunc(order, func(o string) bool { return strings.HasPrefix(t.path, o) })
	}
	slices.SortStableFunc(found, func(a, b todo) int { return rank(a) - rank(b) })
	return found
}
