// Command size prints how many lines of code each room has, beside the budget that keeps it a model to read.
//
//	go run ./cmd/proof/size
package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"example.com/roster/cmd/proof/source"
)

func main() {
	tree, err := source.Read(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
	write(os.Stdout, count(tree))
}

// write prints the rooms in order, then the sum of those that have a budget.
func write(to io.Writer, rooms []room) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "lines\tbudget\t  room")
	sum := 0
	for _, r := range rooms {
		limit, note := "-", ""
		if budget, ok := budgetOf(r.name); ok {
			sum += r.lines
			limit = fmt.Sprint(budget)
			if r.lines > budget {
				note = fmt.Sprintf("  (%d over)", r.lines-budget)
			}
		}
		fmt.Fprintf(w, "%d\t%s\t  %s%s\n", r.lines, limit, r.name, note)
	}
	fmt.Fprintf(w, "%d\t%d\t  all that have a budget\n", sum, house)
	w.Flush()
}
