package app

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports"
)

// describeCommandLine adds the command line: one endpoint for each command, without the groups and completion.
func describeCommandLine(_ context.Context, r *record.Record) error {
	api := record.API{
		Name: "command-line", Kind: "command-line", Title: "The command line", Package: "adapters/cli", Source: "roster --help",
	}
	root := new(program).rootCommand()
	var add func(c *cobra.Command)
	add = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			add(sub)
		}
		if path, ok := strings.CutPrefix(c.CommandPath(), root.Name()+" "); ok && c.Runnable() && !c.HasSubCommands() {
			api.Endpoints = append(api.Endpoints, record.Endpoint{
				ID: strings.ReplaceAll(path, " ", "-"), Address: c.CommandPath() + strings.TrimPrefix(c.Use, c.Name()), Summary: c.Short,
				Roles: []string{string(ports.Staff)},
			})
		}
	}
	add(root)
	r.APIs = append(r.APIs, api)
	return nil
}
