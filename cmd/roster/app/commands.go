package app

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
)

// rootCommand returns the command line, with a row for each command. Each command registers its own flags.
func (p *program) rootCommand() *cobra.Command {
	course := cli.Group("course", "Create, change and show courses.", cli.CourseCommands(p.open)...)
	course.AddCommand(cli.Command("import FILE", "Create and change the courses in a file.\n\n"+courseRows, p.open, new(importCourses)))
	root := cli.Group("roster", "Enroll learners on courses, with a waitlist for full courses.",
		cli.Command("serve", "Serve the HTTP API, and do the work in the background.", p.ownCommands, new(serve)),
		cli.Command("worker", "Do the work of serve in the background, on additional machines: publish events, and process the queue.", p.ownCommands, new(work)),
		course,
		cli.Command("import FILE", "Enroll and withdraw the learners in a file, in order.\n\n"+rows, p.openImport, new(importRows)),
		cli.Command("enqueue FILE", "Send the rows of a file to the queue, for serve or a worker to process.\n\n"+rows, p.ownCommands, new(enqueue)),
		cli.Command("repair", "Retry the dead letters: commands from the queue that failed.", p.ownCommands, new(repair)),
		cli.Command("migrate", "Bring the database's tables up to date.", p.ownCommands, new(migrate)),
		cli.Command("doctor", "Try what serve depends on with the same flags, and print what to do; nothing is changed.", p.ownCommands, new(doctor)),
		cli.Command("describe", "Print the record of the service: what it is, provides, uses, stores and promises.", p.ownCommands, new(describe)),
		cli.Command("token", "Print a bearer token signed with the local key, to try the API.", p.ownCommands, new(token)),
		cli.Command("version", "Print the program's version.", p.ownCommands, version{}),
	)
	root.AddCommand(cli.Commands(p.open)...)
	p.configuration.Flags(root.PersistentFlags())
	return root
}

// A configuration holds the flags of every command.
type configuration struct {
	DatabaseURL string
	postgresUsers
	DataDir string
	Tenant  domain.TenantID
	JSON    bool
	logging
	readOnly bool               // no flag: completion creates and changes nothing
	key      *identity.LocalKey // no flag: --ephemeral has it instead of a data directory
}

// Flags registers the flags.
func (c *configuration) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.DatabaseURL, "database-url", "", "Use the database at `URL`: sqlite:PATH, postgres://… or memory:; default: a file in the data directory.")
	addSecretFile(f, "database-url")
	c.postgresUsers.Flags(f)
	f.StringVar(&c.DataDir, "data-dir", "./roster-data", "Keep roster's files in `DIR`.")
	f.StringVar((*string)(&c.Tenant), "tenant", "default", "Use the courses of the tenant `ID`.")
	f.BoolVar(&c.JSON, "json", false, "Print only the result, as JSON.")
	c.logging.Flags(f)
}
