package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports"
)

// commandCalls are what the commands call in the core, by id. To observe it again:
//
//	go test ./cmd/proof/record -run CommandCalls -update
//
//go:embed calls.json
var commandCalls []byte

// describeCommandLine adds the command line: one endpoint for each command, without the groups and completion.
func describeCommandLine(_ context.Context, r *record.Record) error {
	api := record.API{
		Name: "command-line", Kind: "command-line", Title: "The command line", Package: "adapters/cli", Source: "roster --help",
	}
	var calls map[string][]string
	if err := json.Unmarshal(commandCalls, &calls); err != nil {
		return err
	}
	root := new(program).rootCommand()
	var add func(c *cobra.Command)
	add = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			add(sub)
		}
		if path, ok := strings.CutPrefix(c.CommandPath(), root.Name()+" "); ok && c.Runnable() && !c.HasSubCommands() {
			id := strings.ReplaceAll(path, " ", "-")
			api.Endpoints = append(api.Endpoints, record.Endpoint{
				ID: id, Address: c.CommandPath() + strings.TrimPrefix(c.Use, c.Name()), Summary: c.Short,
				Roles: []string{string(ports.Staff)}, Calls: calls[id],
			})
		}
	}
	add(root)
	r.APIs = append(r.APIs, api)
	return nil
}
