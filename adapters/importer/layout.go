package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A layout is a mapping for the rows of one file. It refers to the columns that are read by their index in used.
type layout struct {
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

// newLayout returns the layout of a mapping. Columns of the schema that it does not map are read from the columns that defaults names.
func newLayout(sc schema, m Mapping, defaults func(column int) []string) *layout {
	l := &layout{sources: make([][]int, len(sc.columns)), ignoreCase: m.IgnoreCase, actionColumn: sc.actionColumn}
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
			l.sources[i] = append(l.sources[i], l.use(n))
		}
	}
	l.only, l.enrollIf, l.withdrawIf = l.conditions(m.Only), l.conditions(m.EnrollIf), l.conditions(m.WithdrawIf)
	return l
}

// use returns the index of a used column, which it adds if it is new.
func (l *layout) use(name string) int {
	if i := l.indexOf(name); i >= 0 {
		return i
	}
	l.used = append(l.used, name)
	return len(l.used) - 1
}

// indexOf returns the index of a used column, or -1.
func (l *layout) indexOf(name string) int { return indexOf(l.used, name) }

func (l *layout) conditions(all Assignments) (conditions []condition) {
	for _, a := range all {
		conditions = append(conditions, condition{l.use(a.Column), a.Values})
	}
	return conditions
}

// mapped reports whether a used column is mapped to a column of the schema.
func (l *layout) mapped(column int) bool {
	return slices.ContainsFunc(l.sources, func(s []int) bool { return slices.Contains(s, column) })
}

var (
	errBoth    = errors.New("meets the conditions to enroll and those to withdraw")
	errLeftOut = errors.New("is left out by a condition")
)

// columns returns the columns of the schema from the cells of the used columns. If it returns an error other than errLeftOut, what the row
// does is not known.
func (l *layout) columns(cells []string) ([]string, error) {
	columns := make([]string, len(l.sources))
	for i, sources := range l.sources {
		for _, s := range sources {
			if columns[i] = cells[s]; columns[i] != "" {
				break
			}
		}
	}
	if !l.meets(cells, l.only) {
		return columns, errLeftOut
	}
	for _, c := range l.known {
		if !slices.Contains(c.values, cells[c.column]) {
			return columns, fmt.Errorf("%s must be %s or %s, got %.100q", l.used[c.column], strings.Join(c.values[:len(c.values)-1], ", "), c.values[len(c.values)-1], cells[c.column])
		}
	}
	if len(l.enrollIf)+len(l.withdrawIf) == 0 {
		return columns, nil
	}
	withdraw := len(l.withdrawIf) > 0 && l.meets(cells, l.withdrawIf)
	enroll := len(l.enrollIf) == 0 && !withdraw || len(l.enrollIf) > 0 && l.meets(cells, l.enrollIf)
	switch {
	case enroll && withdraw:
		return columns, errBoth
	case withdraw:
		columns[l.actionColumn] = "withdraw"
	case !enroll:
		return columns, errLeftOut
	}
	return columns, nil
}

func (l *layout) meets(cells []string, all []condition) bool {
	for _, c := range all {
		cell := cells[c.column]
		same := func(value string) bool { return cell == value || l.ignoreCase && strings.EqualFold(cell, value) }
		if !slices.ContainsFunc(c.values, same) {
			return false
		}
	}
	return true
}
