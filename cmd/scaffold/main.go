// Command scaffold makes a new service of this one, and gives a service its next use case.
//
//	go run ./cmd/scaffold new example.com/team/booking ../booking
//	go run ./cmd/scaffold usecase note
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"example.com/roster/cmd/scaffold/create"
	"example.com/roster/cmd/scaffold/usecase"
)

type grammar struct {
	New     create.New      `cmd:"" help:"Make a new service of this one."`
	Usecase usecase.Command `cmd:"" help:"Add a use case to the service in whose root this is run."`
}

func main() {
	command := kong.Parse(new(grammar), kong.Name("scaffold"), kong.UsageOnError(),
		kong.Description("Make a new service, and its next use case."))
	command.BindTo(os.Stdout, (*io.Writer)(nil))
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}
