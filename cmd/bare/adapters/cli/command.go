package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A Runner is a command with the values of its flags. It runs in a [Session], or in another type if the program needs more.
// If it has flags, a method Flags(*pflag.FlagSet) registers them.
type Runner[In any] interface {
	Run(in In, args []string) error
}

// Command returns a command that runs r in what open returns. use is its name and one word for each argument. The first line of help
// is its summary in the list of commands.
func Command[In any](use, help string, open func() (In, error), r Runner[In]) *cobra.Command {
	short, _, _ := strings.Cut(help, "\n")
	arguments := len(strings.Fields(use)) - 1
	c := &cobra.Command{Use: use, Short: short, Long: help, Args: cobra.ExactArgs(arguments), RunE: func(_ *cobra.Command, args []string) error {
		in, err := open()
		if err != nil {
			return err
		}
		return r.Run(in, args)
	}}
	if r, ok := r.(interface{ Flags(*pflag.FlagSet) }); ok {
		r.Flags(c.Flags())
	}
	return c
}

// Group returns a command that only has subcommands: alone it prints its help. Its Execute returns errors and does not print them.
func Group(name, help string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: name, Short: help, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true, SilenceUsage: true,
	}
	g.AddCommand(commands...)
	return g
}
