// Command scaffold makes a new service of this one, and gives a service its next use case.
//
//	go run ./cmd/scaffold new example.com/team/booking ../booking
//	go run ./cmd/scaffold usecase NAME
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"example.com/roster/cmd/scaffold/create"
)

type grammar struct {
	New create.New `cmd:"" help:"Make a new service of this one."`
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
