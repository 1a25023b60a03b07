package app

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
)

// columnFlags say which columns of a file are read.
type columnFlags struct {
	Map           []string
	IgnoreColumns []string
	Delimiter     string
	Encoding      string
}

func (c *columnFlags) register(f *pflag.FlagSet, example string) {
	f.Var(newList(&c.Map), "map", "Read a column from another one of the file, `OURS=THEIRS,...`, such as "+example+"; repeat a column of ours to take the first that is not empty.")
	f.StringArrayVar(&c.IgnoreColumns, "ignore-column", nil, "Ignore the column `NAME`, even if it looks as if it decides what a row means; repeat it for several.")
	f.StringVar(&c.Delimiter, "delimiter", "", "Expect the character `C` between cells, or the word tab; default: recognised.")
	cli.OneOf(f, &c.Encoding, "encoding", "", "Read text as `utf-8|utf-16|windows-1252`; default: UTF-8, or UTF-16 if it is recognised.", "utf-8", "utf-16", "windows-1252")
}

func (c columnFlags) mapping() (m importer.Mapping, err error) {
	m = importer.Mapping{IgnoreColumns: c.IgnoreColumns, Delimiter: c.Delimiter, Encoding: c.Encoding}
	m.Map, err = assignments("map", c.Map)
	return m, err
}

// assignments reads the values of a flag.
func assignments(flag string, values []string) (importer.Assignments, error) {
	all, err := importer.ParseAssignments(values)
	if err != nil && flag == "map" {
		err = fmt.Errorf(`%w; if a name has a comma, quote the whole value: --map '"learner_id=Name, First"'`, err)
	}
	if err != nil {
		return nil, &domain.Violation{Field: flag, Detail: err.Error()}
	}
	return all, nil
}

// mappingFlags say which rows of a file count, and what they mean.
type mappingFlags struct {
	columnFlags
	Format                     string
	File                       string
	Only, EnrollIf, WithdrawIf []string
	NoHeader                   bool
}

func (c *mappingFlags) register(f *pflag.FlagSet) {
	names := slices.Concat(ownFormats, importer.Formats())
	cli.OneOf(f, &c.Format, "format", "", "Read rows as `"+strings.Join(names, "|")+"`; default: csv, or ndjson if the file's name ends so.", names...)
	f.StringVar(&c.File, "mapping", "", "Read a mapping from `FILE`, YAML with the names of these flags.")
	c.columnFlags.register(f, "learner_id=user_id")
	f.StringArrayVar(&c.Only, "only", nil, "Skip rows unless a column has one of the values, `COLUMN=VALUE|VALUE`; repeat it for further conditions.")
	f.StringArrayVar(&c.EnrollIf, "enroll-if", nil, "Enroll only if a column has one of the values, `COLUMN=VALUE|VALUE`; repeat it for further conditions.")
	f.StringArrayVar(&c.WithdrawIf, "withdraw-if", nil, "Withdraw if a column has one of the values, `COLUMN=VALUE|VALUE`; repeat it for further conditions.")
	f.BoolVar(&c.NoHeader, "no-header", false, "Read the first row as a row, and name columns by their number: --map course_id=4.")
}

// mapping returns the mapping of the flags, on top of that of the mapping file, on top of that of the format.
func (c mappingFlags) mapping() (m importer.Mapping, err error) {
	if m, err = c.columnFlags.mapping(); err != nil {
		return m, err
	}
	m.NoHeader = c.NoHeader
	for _, flag := range []struct {
		name   string
		values []string
		to     *importer.Assignments
	}{{"only", c.Only, &m.Only}, {"enroll-if", c.EnrollIf, &m.EnrollIf}, {"withdraw-if", c.WithdrawIf, &m.WithdrawIf}} {
		if *flag.to, err = assignments(flag.name, flag.values); err != nil {
			return m, err
		}
	}
	if c.File != "" {
		text, err := os.ReadFile(c.File)
		if err != nil {
			return m, &domain.Violation{Field: "mapping", Detail: "must be a file: " + err.Error()}
		}
		file, err := importer.ParseMapping(text)
		if err != nil {
			return m, err
		}
		m = m.Over(file)
	}
	if m.Format = cmp.Or(c.Format, m.Format); m.Format == "" || slices.Contains(ownFormats, m.Format) {
		return m, nil
	}
	base, err := importer.FormatMapping(m.Format)
	return m.Over(base), err
}

// ownFormats are formats of files that the other formats map.
var ownFormats = []string{"csv", "ndjson"}

// options returns the options to read a file.
func (c mappingFlags) options(file string) (o importer.Options, err error) {
	m, err := c.mapping()
	o.NDJSON = m.Format == "ndjson" || m.Format == "" && strings.HasSuffix(file, ".ndjson")
	if slices.Contains(ownFormats, m.Format) {
		m.Format = ""
	}
	o.Mapping = m
	return o, err
}
