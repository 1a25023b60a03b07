package app

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
)

type migrate struct{ Status bool }

func (c *migrate) Flags(f *pflag.FlagSet) {
	f.BoolVar(&c.Status, "status", false, "Print the version of the tables, but do not migrate.")
}

// schemaJSON is the JSON view of the version of the tables.
type schemaJSON struct {
	Version int64 `json:"version"`
	Latest  int64 `json:"latest"`
}

// Run migrates, and prints the version of the tables afterwards.
func (c migrate) Run(p *program, _ []string) error {
	d, err := p.database()
	if err != nil {
		return err
	}
	if d.migrate == nil {
		return cli.UsageError{Detail: "memory: has no tables to migrate"}
	}
	if !c.Status {
		if err := d.migrate(p.ctx); err != nil {
			return err
		}
	}
	found, err := d.schema(p.ctx)
	if err != nil {
		return err
	}
	return p.session().Print(schemaJSON(found), fmt.Sprintf("version %d of %d", found.Version, found.Latest))
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
