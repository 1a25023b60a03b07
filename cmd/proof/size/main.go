// Command size prints how many lines of code each package has beside its budget, and fails if one is exceeded.
//
//	go run ./cmd/proof/size           # run by make check
//	go run ./cmd/proof/size -update   # first lowers the budgets to today's sizes
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"example.com/roster/cmd/proof/source"
)

func main() {
	update := flag.Bool("update", false, "lower the budgets in "+budgetFile+" to today's sizes")
	flag.Parse()
	if err := run(os.Stdout, *update); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, update bool) error {
	tree, err := source.Read(os.DirFS("."))
	if err != nil {
		return err
	}
	s := count(tree)
	text, err := os.ReadFile(budgetFile)
	enforced := err == nil || update
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := parse(string(text))
	if err != nil {
		return err
	}
	if update {
		b = b.update(s)
		if err := os.WriteFile(budgetFile, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	write(out, s, b)
	if found := b.check(s); enforced && len(found) > 0 {
		return errors.New(strings.Join(found, "\nsize: "))
	}
	return nil
}

// write prints the packages in order, then the sums.
func write(to io.Writer, s sizes, b budgets) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "lines\tbudget\t  package")
	for _, name := range slices.Sorted(maps.Keys(s.packages)) {
		limit := "-"
		if budget, ok := b[name]; ok {
			limit = fmt.Sprint(budget)
		}
		fmt.Fprintf(w, "%d\t%s\t  %s\n", s.packages[name], limit, name)
	}
	fmt.Fprintf(w, "%d\t%d\t  packages that need a budget\n", s.sum, maxSum)
	fmt.Fprintf(w, "%d\t%d\t  domain, ports, application: non-blank lines with comments\n", s.core, maxCore)
	fmt.Fprintf(w, "%d\t-\t  whole repository, without tests and generated code\n", s.all)
	w.Flush()
}
