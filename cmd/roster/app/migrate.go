package app

import (
	"fmt"

	"github.com/spf13/pflag"
)

type migrate struct{ Status bool }

func (c *migrate) Flags(f *pflag.FlagSet) {
	f.BoolVar(&c.Status, "status", false, "Print the version of the tables, but do not migrate.")
}

// schema is what migrate prints.
type schema struct {
	Version int64 `json:"version"`
	Latest  int64 `json:"latest"`
}

// Run migrates and prints the version that the tables are of then.
func (c migrate) Run(p *program, _ []string) error {
	d, err := p.database()
	if err != nil {
		return err
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
	text := fmt.Sprintf("version %d of %d", found.Version, found.Latest)
	return p.session().Print(schema{found.Version, found.Latest}, text)
}
