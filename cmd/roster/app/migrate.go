package app

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/ports"
)

type migrate struct{ Status bool }

func (c *migrate) Flags(f *pflag.FlagSet) {
	f.BoolVar(&c.Status, "status", false, "Print the version of the tables, but do not migrate.")
}

// schemaJSON is the JSON view of the version of the tables.
type schemaJSON struct {
	Version     int64    `json:"version"`
	Latest      int64    `json:"latest"`
	Restored    []string `json:"restored,omitempty"`    // statements that migrate has run again
	Missing     []string `json:"missing,omitempty"`     // statements to run
	NotCompared string   `json:"notCompared,omitempty"` // why that is not known
}

// Run migrates, and prints the version of the tables afterwards, and what they lack.
func (c migrate) Run(p *program, _ []string) error {
	d, err := p.database()
	if err != nil {
		return err
	}
	if d.migrate == nil {
		return cli.UsageError{Detail: "memory: has no tables to migrate"}
	}
	var lacked []string
	if !c.Status {
		before, _ := d.schema(p.ctx) // migrate returns the error, too
		lacked = before.Missing
		if err := d.migrate(p.ctx); err != nil {
			return err
		}
	}
	found, err := d.schema(p.ctx)
	if err != nil {
		return err
	}
	restored := slices.DeleteFunc(lacked, func(s string) bool { return slices.Contains(found.Missing, s) })
	view := schemaJSON{found.Version, found.Latest, restored, found.Missing, found.NotCompared}
	if err := p.session().Print(view, view.text()...); err != nil || c.Status || found.Missing == nil {
		return err
	}
	return cli.AfterOutput{Err: fmt.Errorf("%w: roles, grants or policies are missing: run the statements above as the owner of the tables", ports.ErrUnavailable)}
}

func (s schemaJSON) text() []string {
	lines := []string{fmt.Sprintf("version %d of %d", s.Version, s.Latest)}
	for _, statement := range s.Restored {
		lines = append(lines, "restored: "+statement)
	}
	for _, statement := range s.Missing {
		lines = append(lines, "missing: "+statement)
	}
	if s.NotCompared != "" {
		lines = append(lines, "grants and policies are not compared: "+s.NotCompared)
	}
	return lines
}

// Version is the release of this source. CHANGELOG.md says what each release changed.
const Version = "v0.2.0"

type version struct{}

// flag makes --version do what the command does.
func (v version) flag(p *program, root *cobra.Command) {
	help, asked := root.RunE, root.Flags().Bool("version", false, "Print the program's version.")
	root.RunE = func(c *cobra.Command, args []string) error {
		if *asked {
			return v.Run(p, args)
		}
		return help(c, args)
	}
}

// Run prints the version of the module in this build, or the release of its source if the build has no version.
func (version) Run(p *program, _ []string) error {
	text := Version
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		text = info.Main.Version
	}
	return p.session().Print(map[string]string{"version": text}, "roster "+text)
}
