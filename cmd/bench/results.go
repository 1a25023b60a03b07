package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// results are the figures of all rounds.
type results struct {
	metrics     map[string][]float64
	figures     []*figure
	notMeasured []*failure
	invalid     error // of metrics since takeInvalid
}

// A failure is a group that was not measured in some of its rounds.
type failure struct {
	group  string
	failed int   // number of rounds
	rounds int   // of all
	err    error // the first
}

// A figure is a measured value that metrics are computed from. It is printed so that readers can verify the ratios.
type figure struct {
	name, unit string
	values     []float64
}

// fail records that a group was not measured in one of its rounds.
func (r *results) fail(group string, rounds int, err error) {
	for _, f := range r.notMeasured {
		if f.group == group {
			f.failed++
			return
		}
	}
	r.notMeasured = append(r.notMeasured, &failure{group, 1, rounds, err})
}

// err returns an error that names the groups that were not measured.
func (r *results) err() error {
	if len(r.notMeasured) == 0 {
		return nil
	}
	var names []string
	for _, f := range r.notMeasured {
		names = append(names, f.group)
	}
	return fmt.Errorf("not measured, or not in all rounds: %s", strings.Join(names, ", "))
}

// A notMeasuredLine is a failure in results.json.
type notMeasuredLine struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

func (r *results) notMeasuredLines() []notMeasuredLine {
	lines := []notMeasuredLine{}
	for _, f := range r.notMeasured {
		text := strings.TrimSpace(f.err.Error())
		if f.rounds > 1 {
			text = fmt.Sprintf("in %d of %d rounds: %s", f.failed, f.rounds, text)
		}
		lines = append(lines, notMeasuredLine{f.group, text})
	}
	return lines
}

// metric adds the value of a metric in one round. A value that is no number is not added, but is an error of takeInvalid.
func (r *results) metric(name string, value float64) {
	if !slices.ContainsFunc(metrics, func(m metric) bool { return m.Name == name }) {
		panic("unknown metric " + name)
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		r.invalid = errors.Join(r.invalid, fmt.Errorf("%s would be %g: nothing was finished in one of its phases", name, value))
		return
	}
	if r.metrics == nil {
		r.metrics = make(map[string][]float64)
	}
	r.metrics[name] = append(r.metrics[name], value)
	log.Printf("  %s = %s", name, digits(value))
}

// takeInvalid returns the error of the metrics since the last call.
func (r *results) takeInvalid() error {
	err := r.invalid
	r.invalid = nil
	return err
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
	Rounds int     `json:"rounds"` // 1: a figure of one round, without spread
}

func (r *results) lines() []resultLine {
	lines := []resultLine{}
	for _, m := range metrics {
		if values := r.metrics[m.Name]; len(values) > 0 {
			lines = append(lines, resultLine{m, median(values), slices.Min(values), slices.Max(values), len(values)})
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
	content, err := json.MarshalIndent(map[string]any{"metrics": r.lines(), "notMeasured": r.notMeasuredLines()}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "results.json"), append(content, '\n'), 0o644); err != nil {
		return err
	}
	table := r.table()
	err = os.WriteFile(filepath.Join(folder, "results.md"), []byte(table), 0o644)
	_, failed := io.WriteString(out, table)
	return errors.Join(err, failed)
}

// table returns the tables of metrics and figures, and what was not measured, as Markdown.
func (r *results) table() string {
	var b strings.Builder
	b.WriteString("| metric | median | min | max | goal | | what | rounds |\n| --- | --: | --: | --: | --- | --- | --- | --: |\n")
	for _, l := range r.lines() {
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s | %s | %s | %s | %s |\n", l.Name, digits(l.Median), l.Unit, digits(l.Min), digits(l.Max), l.Goal,
			verdict(l.Goal, l.Median), l.about, rounds(l.Rounds))
	}
	b.WriteString("\n| figure | unit | median | min | max | rounds |\n| --- | --- | --: | --: | --: | --: |\n")
	for _, f := range r.figures {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.name, f.unit, digits(median(f.values)), digits(slices.Min(f.values)), digits(slices.Max(f.values)), rounds(len(f.values)))
	}
	for i, l := range r.notMeasuredLines() {
		if i == 0 {
			b.WriteString("\nNot measured, or not in all rounds:\n\n")
		}
		fmt.Fprintf(&b, "- %s: %s\n", l.Name, strings.ReplaceAll(l.Error, "\n", "\n  "))
	}
	return b.String()
}

// rounds marks a figure of one round: it has no spread.
func rounds(n int) string {
	if n == 1 {
		return "one round"
	}
	return strconv.Itoa(n)
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
