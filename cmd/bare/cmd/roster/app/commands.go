package app

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/cmd/bare/adapters/cli"
	"example.com/roster/cmd/bare/domain"
)

// rootCommand returns the command line, with a row for each command. Each command registers its own flags.
func (p *program) rootCommand() *cobra.Command {
	root := cli.Group("roster", "roster: what it is for, in a sentence of yours.",
		cli.Command("serve", "Serve the HTTP API.", p.ownCommands, new(serve)),
		cli.Command("migrate", "Bring the database's tables up to date.", p.ownCommands, new(migrate)),
		cli.Command("token", "Print a bearer token signed with the local key, to try the API.", p.ownCommands, new(token)),
		cli.Command("version", "Print the program's version.", p.ownCommands, version{}),
	)
	root.AddCommand(cli.Commands(p.open)...)
	p.configuration.Flags(root.PersistentFlags())
	documentEnvironment(root.PersistentFlags(), root.Commands()...)
	return root
}

// A configuration holds the flags of every command.
type configuration struct {
	DatabaseURL string
	DataDir     string
	Tenant      domain.TenantID
	JSON        bool
}

// Flags registers the flags.
func (c *configuration) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.DatabaseURL, "database-url", "", "Use the database at `URL`: sqlite:PATH or memory:; default: a file in the data directory.")
	f.StringVar(&c.DataDir, "data-dir", "./roster-data", "Keep roster's files in `DIR`.")
	f.StringVar((*string)(&c.Tenant), "tenant", "default", "Act in the tenant `ID`.")
	f.BoolVar(&c.JSON, "json", false, "Print only the result, as JSON.")
}

// variable returns the environment variable of a flag: --data-dir is ROSTER_DATA_DIR.
func variable(f *pflag.Flag) string {
	return "ROSTER_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// documentEnvironment adds the variables to the help, also that of the commands below.
func documentEnvironment(flags *pflag.FlagSet, below ...*cobra.Command) {
	flags.VisitAll(func(f *pflag.Flag) { f.Usage += "\n($" + variable(f) + ")" })
	for _, c := range below {
		documentEnvironment(c.Flags(), c.Commands()...)
	}
}

// readEnvironment sets each flag that is not among the arguments from its variable.
func readEnvironment(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		text, ok := os.LookupEnv(variable(f))
		if err != nil || f.Changed || !ok || f.Name == "help" {
			return
		}
		if err = flags.Set(f.Name, text); err != nil {
			err = fmt.Errorf("%s: %w", variable(f), err)
		}
	})
	return err
}

// Version is the release of this source.
const Version = "v0.1.0"

type version struct{}

// Run prints the version of the module in this build, or the release of its source if the build has no version.
func (version) Run(p *program, _ []string) error {
	text := Version
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		text = info.Main.Version
	}
	return p.session().Print(map[string]string{"version": text}, "roster "+text)
}
