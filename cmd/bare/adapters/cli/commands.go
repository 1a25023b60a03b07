package cli

import "github.com/spf13/cobra"

// Commands returns the commands that need only the core. Each runs in a session that open returns.
func Commands(open func() (*Session, error)) []*cobra.Command {
	return []*cobra.Command{
		// A row for each use case.
		Group("sample-note", "Revise and show sample notes.", SampleNoteCommands(open)...),
	}
}
