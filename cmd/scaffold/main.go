// Command scaffold adds to a service.
//
//	go run ./cmd/scaffold usecase note
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"example.com/roster/cmd/scaffold/usecase"
)

type grammar struct {
	Usecase usecase.Command `cmd:"" help:"Give the service in whose root this is run its next use case."`
}

func main() {
	command := kong.Parse(new(grammar), kong.Name("scaffold"), kong.UsageOnError(), kong.Description("Give a service its next use case."))
	command.BindTo(os.Stdout, (*io.Writer)(nil))
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}
