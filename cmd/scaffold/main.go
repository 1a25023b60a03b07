// Command scaffold adds to a service.
//
//	go run ./cmd/scaffold usecase note
package main

import (
	"github.com/alecthomas/kong"

	"example.com/roster/cmd/scaffold/usecase"
)

func main() {
	var grammar struct {
		Usecase usecase.Command `cmd:"" help:"Add a use case to the service in whose root this is run."`
	}
	command := kong.Parse(&grammar, kong.Name("scaffold"))
	command.FatalIfErrorf(command.Run())
}
