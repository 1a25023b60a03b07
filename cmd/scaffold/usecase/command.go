package usecase

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"
)

// A Command is what the command line says.
type Command struct {
	Name   string `arg:"" help:"What the use case is about, a noun such as note, room-booking or RoomBooking."`
	Verb   string `default:"put" placeholder:"VERB" help:"What is done to it, such as reserve."`
	DryRun bool   `help:"Print what would be done, and do nothing."`
}

// Run adds the use case to the service in whose root it is run.
func (c Command) Run(out io.Writer) error { return c.In(".", out) }

// In adds the use case to the service in root, and tells on out what was added. An interrupt ends it with nothing done.
func (c Command) In(root string, out io.Writer) error {
	w, err := parse(c.Name, c.Verb)
	if err != nil {
		return err
	}
	s, err := look(root)
	if err != nil {
		return err
	}
	p, err := draw(s, w)
	if err != nil {
		return err
	}
	if c.DryRun {
		p.tell(out, "would add")
		return nil
	}
	fmt.Fprintln(out, "building it, before anything is changed …")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := p.generate(ctx); err != nil {
		return err
	}
	if err := p.build(ctx); err != nil {
		return err
	}
	if err := write(root, p.changes); err != nil {
		return err
	}
	p.tell(out, "added")
	return nil
}

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
	if p.service.has("adapters/sqlstore/migrations/postgres") {
		fmt.Fprintf(out, "\na database of PostgreSQL gets its table by: %s migrate\n", p.service.Service)
	}
	fmt.Fprintf(out, "\nnext:\n  go test -run %s ./domain ./application ./adapters/... ./cmd/proof\n", w.Type)
	fmt.Fprintf(out, "  go run ./cmd/%s %s %s x-1 \"some text\"\n", p.service.Service, w.Kebab, w.Do)
	fmt.Fprintf(out, "  go run ./cmd/%s %s show x-1 --json\n", p.service.Service, w.Kebab)
}
