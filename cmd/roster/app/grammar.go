package app

import (
	kongcompletion "github.com/jotaen/kong-completion"

	"example.com/roster/adapters/cli"
	"example.com/roster/domain"
)

// grammar is the command line. Each flag has an environment variable too: --data-dir is ROSTER_DATA_DIR.
type grammar struct {
	configuration

	Serve  serve     `cmd:"" help:"Serve the HTTP API, and run all that a worker does."`
	Worker runWorker `cmd:"" help:"Publish events, work the queue off and keep the schedule, beside serve, for further machines."`
	cli.Commands
	Course     courses                   `cmd:"" help:"Create, change and show courses."`
	Import     importRows                `cmd:"" help:"Enroll and withdraw what a file says, in order."`
	Enqueue    enqueue                   `cmd:"" help:"Send what a file says to the queue, for serve or a worker to do."`
	Repair     repair                    `cmd:"" help:"Run again what came out of the queue and could not be done."`
	Migrate    migrate                   `cmd:"" help:"Bring the database's tables up to date."`
	Token      token                     `cmd:"" help:"Print a bearer token by the local key, to try the API with."`
	Version    version                   `cmd:"" help:"Print the program's version."`
	Completion kongcompletion.Completion `cmd:"" help:"Print how to have the shell complete commands."`
}

type configuration struct {
	DatabaseURL string `name:"database-url" placeholder:"URL" help:"sqlite:PATH, postgres://… or memory:; a file in the data directory if not given."`
	postgresUsers
	DataDir string          `name:"data-dir" default:"./roster-data" placeholder:"DIR" help:"Where roster keeps its files."`
	Tenant  domain.TenantID `default:"default" placeholder:"ID" help:"Whose courses."`
	JSON    bool            `help:"Print the result alone, as JSON."`
	logging
}

type courses struct {
	cli.Course
	Import importCourses `cmd:"" help:"Create and change the courses that a file says."`
}
