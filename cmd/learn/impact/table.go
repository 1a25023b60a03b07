package impact

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
)

const (
	documentFile = "docs/change-impact.md"
	plotFile     = "docs/change-impact.svg"
)

// table returns the results as text.
func table(results []Result) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHANGE\tSERVICE\tFILES\tLINES\tPACKAGES\tTEST LINES\tGENERATED\tTESTS RUN\tSECONDS\tSLIPS")
	for _, r := range results {
		for _, service := range services {
			c := r.cost(service)
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%s\n", r.Change, service, c.Files, c.Lines, c.Packages, c.TestLines, c.Generated,
				c.TestsRun, c.Seconds, strings.Join(r.noticed(service), ", "))
		}
	}
	_ = w.Flush() // into memory
	return b.String()
}

func (r Result) cost(service string) Cost {
	if service == "naive" {
		return r.Naive
	}
	return r.Roster
}

func (s Slip) verdict(service string) Verdict {
	if service == "naive" {
		return s.Naive
	}
	return s.Roster
}

// noticed returns what notices each slip.
func (r Result) noticed(service string) (by []string) {
	for _, s := range r.Slips {
		by = append(by, s.verdict(service).By)
	}
	return by
}

// withTables replaces what is between the markers of the document.
func withTables(document []byte, results []Result) ([]byte, error) {
	for name, text := range map[string]string{"costs": costs(results), "slips": slipTable(results), "sums": sums(results)} {
		begin, end := []byte("<!-- "+name+":begin -->\n"), []byte("<!-- "+name+":end -->")
		before, rest, ok := bytes.Cut(document, begin)
		_, after, closed := bytes.Cut(rest, end)
		if !ok || !closed {
			return nil, fmt.Errorf("%s has no %q and %q after it", documentFile, bytes.TrimSpace(begin), end)
		}
		document = bytes.Join([][]byte{before, begin, []byte(text), end, after}, nil)
	}
	return document, nil
}

// costs has a row for each change, with both services in each cell.
func costs(results []Result) string {
	var b strings.Builder
	b.WriteString("| change | files | lines | packages | lines of tests | generated lines | tests run | seconds |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range results {
		n, o := r.Naive, r.Roster
		fmt.Fprintf(&b, "| [%s](../%s/%s/about.md) | %d : %d | %d : %d | %d : %d | %d : %d | %d : %d | %d : %d | %.0f : %.0f |\n", r.Title, Folder, r.Change,
			n.Files, o.Files, n.Lines, o.Lines, n.Packages, o.Packages, n.TestLines, o.TestLines, n.Generated, o.Generated,
			n.TestsRun, o.TestsRun, n.Seconds, o.Seconds)
	}
	return b.String()
}

// slipTable has a row for each slip.
func slipTable(results []Result) string {
	var b strings.Builder
	b.WriteString("| change | slip | noticed in naive by | noticed in roster by |\n| --- | --- | --- | --- |\n")
	for _, r := range results {
		for i, s := range r.Slips {
			fmt.Fprintf(&b, "| %s | %s: %s | %s | %s |\n", strings.SplitN(r.Change, "-", 2)[0], slips[i], s.Mistake, s.Naive, s.Roster)
		}
	}
	return b.String()
}

func (v Verdict) String() string {
	switch v.By {
	case byTest:
		return "`" + strings.ReplaceAll(v.Test, "|", `\|`) + "`"
	case byNothing:
		return "**nothing**"
	}
	return v.By
}

// sums counts the slips by what notices them.
func sums(results []Result) string {
	var b strings.Builder
	b.WriteString("| noticed by | naive | roster |\n| --- | ---: | ---: |\n")
	for _, by := range []string{byCompiler, byArchitecture, byTest, byNothing} {
		n := make(map[string]int)
		for _, r := range results {
			for _, service := range services {
				for _, s := range r.Slips {
					if s.verdict(service).By == by {
						n[service]++
					}
				}
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d |\n", by, n["naive"], n["roster"])
	}
	return b.String()
}
