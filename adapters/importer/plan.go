package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A plan is a mapping for the rows of one file. It refers to the columns that are read by their index in used.
type plan struct {
	used         []string // names of the file's columns that are read
	sources      [][]int  // of each column of the schema: the used columns to take it from
	only         []condition
	enrollIf     []condition
	withdrawIf   []condition
	known        []condition // a row that does not meet them is invalid
	ignoreCase   bool
	actionColumn int // of the schema; -1: none
}

// A condition is met if the cell of a used column has one of the values.
type condition struct {
	column int
	values []string
}

// newPlan returns the plan of a mapping. Columns of the schema that it does not map are read from the columns that defaults names.
func newPlan(sc schema, m Mapping, defaults func(column int) []string) *plan {
	p := &plan{sources: make([][]int, len(sc.columns)), ignoreCase: m.IgnoreCase, actionColumn: sc.actionColumn}
	for i, name := range sc.columns {
		names := []string(nil)
		for _, a := range m.Map {
			if a.Column == name {
				names = append(names, a.Values...)
			}
		}
		if names == nil && (i != sc.actionColumn || len(m.EnrollIf)+len(m.WithdrawIf) == 0) {
			names = defaults(i)
		}
		for _, n := range names {
			p.sources[i] = append(p.sources[i], p.use(n))
		}
	}
	p.only, p.enrollIf, p.withdrawIf = p.conditions(m.Only), p.conditions(m.EnrollIf), p.conditions(m.WithdrawIf)
	return p
}

// use returns the index of a used column, which it adds if it is new.
func (p *plan) use(name string) int {
	if i := p.indexOf(name); i >= 0 {
		return i
	}
	p.used = append(p.used, name)
	return len(p.used) - 1
}

// indexOf returns the index of a used column, or -1.
func (p *plan) indexOf(name string) int {
	if i := slices.Index(p.used, name); i >= 0 {
		return i
	}
	return indexOf(p.used, name)
}

func (p *plan) conditions(all Assignments) (conditions []condition) {
	for _, a := range all {
		conditions = append(conditions, condition{p.use(a.Column), a.Values})
	}
	return conditions
}

// mapped reports whether a used column is mapped to a column of the schema.
func (p *plan) mapped(column int) bool {
	return slices.ContainsFunc(p.sources, func(s []int) bool { return slices.Contains(s, column) })
}

var errBoth = errors.New("meets the conditions to enroll and those to withdraw")

// columns returns the columns of the schema from the cells of the used columns, or none if a condition leaves the row out. If it returns
// an error, the row names a course and a learner, but what it does is not known.
func (p *plan) columns(cells []string) ([]string, error) {
	if !p.meets(cells, p.only) {
		return nil, nil
	}
	columns := make([]string, len(p.sources))
	for i, sources := range p.sources {
		for _, s := range sources {
			if columns[i] = cells[s]; columns[i] != "" {
				break
			}
		}
	}
	for _, c := range p.known {
		if !slices.Contains(c.values, cells[c.column]) {
			return columns, fmt.Errorf("%s must be %s or %s, got %.100q", p.used[c.column], strings.Join(c.values[:len(c.values)-1], ", "), c.values[len(c.values)-1], cells[c.column])
		}
	}
	if len(p.enrollIf)+len(p.withdrawIf) == 0 {
		return columns, nil
	}
	withdraw := len(p.withdrawIf) > 0 && p.meets(cells, p.withdrawIf)
	enroll := len(p.enrollIf) == 0 && !withdraw || len(p.enrollIf) > 0 && p.meets(cells, p.enrollIf)
	switch {
	case enroll && withdraw:
		return columns, errBoth
	case withdraw:
		columns[p.actionColumn] = "withdraw"
	case !enroll:
		return nil, nil
	}
	return columns, nil
}

func (p *plan) meets(cells []string, all []condition) bool {
	for _, c := range all {
		cell := cells[c.column]
		same := func(value string) bool { return cell == value || p.ignoreCase && strings.EqualFold(cell, value) }
		if !slices.ContainsFunc(c.values, same) {
			return false
		}
	}
	return true
}
