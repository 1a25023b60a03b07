package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// results are the figures of all rounds.
type results struct {
	metrics map[string][]float64
	figures []*figure
}

// A figure is a measured value that metrics are computed from. It is printed so that readers can verify the ratios.
type figure struct {
	name, unit string
	values     []float64
}

// metric adds the value of a metric in one round.
func (r *results) metric(name string, value float64) {
	if !slices.ContainsFunc(metrics, func(m metric) bool { return m.Name == name }) {
		panic("unknown metric " + name)
	}
	if r.metrics == nil {
		r.metrics = make(map[string][]float64)
	}
	r.metrics[name] = append(r.metrics[name], value)
	log.Printf("  %s = %s", name, digits(value))
}

// figure adds the value of a figure in one round.
func (r *results) figure(name, unit string, value float64) {
	for _, f := range r.figures {
		if f.name == name {
			f.values = append(f.values, value)
			return
		}
	}
	r.figures = append(r.figures, &figure{name, unit, []float64{value}})
}

// A resultLine is a metric in results.json.
type resultLine struct {
	metric
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func (r *results) lines() []resultLine {
	lines := []resultLine{}
	for _, m := range metrics {
		if values := r.metrics[m.Name]; len(values) > 0 {
			lines = append(lines, resultLine{m, median(values), slices.Min(values), slices.Max(values)})
		}
	}
	return lines
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[half-1] + sorted[half]) / 2
	}
	return sorted[half]
}

// write writes results.json and results.md into a folder, and results.md also to out.
func (r *results) write(folder string, out io.Writer) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	content, err := json.MarshalIndent(map[string]any{"metrics": r.lines()}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "results.json"), append(content, '\n'), 0o644); err != nil {
		return err
	}
	table := r.table()
	if _, err := io.WriteString(out, table); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "results.md"), []byte(table), 0o644)
}

// table returns the tables of metrics and figures as Markdown.
func (r *results) table() string {
	var b strings.Builder
	b.WriteString("| metric | median | min | max | goal | | what |\n| --- | --: | --: | --: | --- | --- | --- |\n")
	for _, l := range r.lines() {
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s | %s | %s | %s |\n", l.Name, digits(l.Median), l.Unit, digits(l.Min), digits(l.Max), l.Goal,
			verdict(l.Goal, l.Median), l.about)
	}
	b.WriteString("\n| figure | unit | median | min | max |\n| --- | --- | --: | --: | --: |\n")
	for _, f := range r.figures {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.name, f.unit, digits(median(f.values)), digits(slices.Min(f.values)), digits(slices.Max(f.values)))
	}
	return b.String()
}

// digits formats value with three significant digits, and all digits before the point.
func digits(value float64) string {
	switch {
	case value >= 100:
		return strconv.FormatFloat(value, 'f', 0, 64)
	case value >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	case value >= 1:
		return strconv.FormatFloat(value, 'f', 2, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}

// verdict says whether value reaches a goal such as "≥ 15", "≤ 4" or "< 40".
func verdict(goal string, value float64) string {
	sign, number, ok := strings.Cut(goal, " ")
	if !ok {
		return ""
	}
	bound, err := strconv.ParseFloat(number, 64)
	if err != nil {
		panic(err) // the table of metrics is wrong
	}
	reached := sign == "≥" && value >= bound || sign == "≤" && value <= bound || sign == "<" && value < bound
	if reached {
		return "reached"
	}
	return "MISSED"
}
