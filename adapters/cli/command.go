package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A Runner is a command, as its flags have filled it in. It runs in a [Session], or in what else a program has for its own. One that
// has flags registers them by a method Flags(*pflag.FlagSet).
type Runner[In any] interface {
	Run(in In, args []string) error
}

// Command returns the command that is used as use says: its name, and a word for each argument, in brackets for one that can be left
// out, which is empty then. The first line of help is what is said of it beside others. It runs r in what open returns.
func Command[In any](use, help string, open func() (In, error), r Runner[In]) *cobra.Command {
	short, _, _ := strings.Cut(help, "\n")
	c := &cobra.Command{Use: use, Short: short, Long: help, Args: fitting, RunE: func(_ *cobra.Command, args []string) error {
		in, err := open()
		if err != nil {
			return err
		}
		return r.Run(in, append(args, make([]string, len(strings.Fields(use))-1-len(args))...))
	}}
	if r, ok := r.(interface{ Flags(*pflag.FlagSet) }); ok {
		r.Flags(c.Flags())
	}
	return c
}

// fitting refuses arguments that are not those of the command's use.
func fitting(c *cobra.Command, args []string) error {
	words := strings.Fields(c.Use)[1:]
	switch n := len(args); {
	case n > len(words):
		return fmt.Errorf("unexpected argument %s", args[len(words)])
	case n < len(words) && !strings.HasPrefix(words[n], "["):
		return fmt.Errorf("expected %s", strings.Join(words[n:], " "))
	}
	return nil
}

// Group returns a command that does nothing but by those below it. What goes wrong is not printed, but returned by its Execute.
func Group(name, help string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: name, Short: help, Args: choosing, Run: func(*cobra.Command, []string) {}, // which choosing never lets happen
		SuggestionsMinimumDistance: 2, SilenceErrors: true, SilenceUsage: true,
	}
	g.SetFlagErrorFunc(misused)
	g.AddCommand(commands...)
	return g
}

// choosing refuses what is none of a group's commands, for those that are have been found before.
func choosing(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("expected one of %s", strings.Join(c.SuggestionsFor(""), ", ")) // for which it suggests all
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("unexpected argument %s, did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return fmt.Errorf("unexpected argument %s", args[0])
}

// misused says what is wrong with a flag. Of what is no command, any flag would be.
func misused(c *cobra.Command, err error) error {
	if args := c.Flags().Args(); c.HasSubCommands() && len(args) > 0 {
		return choosing(c, args)
	}
	return err
}
