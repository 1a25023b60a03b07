package usecase

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// tell prints the files of the plan, the places that are left to fill, and what to do next.
func (p *plan) tell(out io.Writer, done string) {
	w := p.words
	fmt.Fprintf(out, "%s the use case %q: to %s %s, and to show it\n\n", done, w.Kebab, w.Do, an(w.Name))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range p.changes {
		fmt.Fprintf(table, "  %s\t%s\n", c.path, c.how())
	}
	fmt.Fprint(table, "\nyours to fill:\n")
	for _, place := range p.places() {
		fmt.Fprintf(table, "  %s:%d\t%s\n", place.path, place.line, place.what)
	}
	table.Flush()
	if p.service.has("adapters/postgres/migrations") {
		fmt.Fprintf(out, "\na database of PostgreSQL gets its table by: %s migrate\n", p.service.Service)
	}
	fmt.Fprintf(out, "\nnext:\n  go test -run %s ./domain ./application ./adapters/... ./cmd/proof\n", w.Type)
	fmt.Fprintf(out, "  go run ./cmd/%s %s %s x-1 \"some text\"\n", p.service.Service, w.Kebab, w.Do)
	fmt.Fprintf(out, "  go run ./cmd/%s %s show x-1 --json\n", p.service.Service, w.Kebab)
}

// how says in a few words what becomes of a file.
func (c change) how() string {
	switch {
	case c.was == nil:
		return "new"
	case c.generated:
		return "generated anew"
	}
	was, now := bytes.Split(c.was, []byte("\n")), bytes.Split(c.now, []byte("\n"))
	at := 0
	for at < len(was) && bytes.Equal(was[at], now[at]) {
		at++
	}
	more := fmt.Sprintf("%d lines more", len(now)-len(was))
	switch len(now) - len(was) {
	case 0:
		more = "lines grow"
	case 1:
		more = "one line more"
	}
	return fmt.Sprintf("%s, from line %d", more, at+1)
}

// A place is left to the user.
type place struct {
	path string
	line int
	what string
}

// places returns where a comment says that something is his, in the order of the way in: from the domain to the doors.
func (p *plan) places() (found []place) {
	for _, c := range p.changes {
		if c.generated {
			continue
		}
		old := slices.Collect(bytes.Lines(c.was))
		for i, line := range slices.Collect(bytes.Lines(c.now)) {
			if len(old) > 0 && bytes.Equal(old[0], line) {
				old = old[1:]
				continue
			}
			if _, what, ok := strings.Cut(string(line), "Yours: "); ok {
				found = append(found, place{c.path, i + 1, strings.TrimSpace(what)})
			}
		}
	}
	order := []string{"domain/", "ports/", "application/", "adapters/", "cmd/"}
	rank := func(pl place) int {
		return slices.IndexFunc(order, func(o string) bool { return strings.HasPrefix(pl.path, o) })
	}
	slices.SortStableFunc(found, func(a, b place) int { return rank(a) - rank(b) })
	return found
}
