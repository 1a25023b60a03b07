//go:generate go tool wire gen .

package app

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"example.com/roster/cmd/bare/adapters/cli"
	"example.com/roster/cmd/bare/adapters/memstore"
	"example.com/roster/cmd/bare/adapters/sqlite"
	"example.com/roster/cmd/bare/application"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// openStore opens the database that the configuration names, unless the program is given a store. The cleanup closes it.
func openStore(ctx context.Context, o Options, c configuration) (ports.Store, func(), error) {
	if o.Store != nil {
		return o.Store, func() {}, nil
	}
	path, err := c.sqlitePath()
	if err != nil {
		return nil, nil, err
	}
	if path == "" {
		return memstore.New(), func() {}, nil
	}
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	return s, func() { _ = s.Close() }, nil
}

// sqlitePath returns the file with the database that the configuration names, or "" if that is in memory.
func (c configuration) sqlitePath() (string, error) {
	switch path, named := strings.CutPrefix(c.DatabaseURL, "sqlite:"); {
	case c.DatabaseURL == "":
		return filepath.Join(c.DataDir, "roster.db"), nil
	case c.DatabaseURL == "memory:":
		return "", nil
	case named && path != "":
		return path, nil
	}
	return "", &domain.Violation{Field: "database-url", Detail: "must be sqlite:PATH or memory:"}
}

// ready returns a function that returns an error if the store is unavailable.
func ready(s ports.Store) func(context.Context) error {
	if r, ok := s.(interface{ Ready(context.Context) error }); ok {
		return r.Ready
	}
	return func(context.Context) error { return nil }
}

// newService returns the core on a store.
func newService(s ports.Store) *application.Service { return application.New(s) }

type migrate struct{ Status bool }

func (c *migrate) Flags(f *pflag.FlagSet) {
	f.BoolVar(&c.Status, "status", false, "Print the version of the tables, but do not migrate.")
}

// Run migrates, and prints the version of the tables afterwards. Opening a database migrates it.
func (c migrate) Run(p *program, _ []string) error {
	path, err := p.sqlitePath()
	if err != nil {
		return err
	}
	if path == "" {
		return cli.UsageError{Detail: "memory: has no tables to migrate"}
	}
	if !c.Status {
		s, err := sqlite.Open(p.ctx, path)
		if err != nil {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	found, err := sqlite.ReadSchema(p.ctx, path)
	if err != nil {
		return err
	}
	return p.session().Print(map[string]int64{"version": found.Version, "latest": found.Latest}, fmt.Sprintf("version %d of %d", found.Version, found.Latest))
}
