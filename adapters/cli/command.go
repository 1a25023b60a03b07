package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A Runner is a command with the values of its flags. It runs in a [Session], or in another type if the program needs more.
// If it has flags, a method Flags(*pflag.FlagSet) registers them.
type Runner[In any] interface {
	Run(in In, args []string) error
}

// Command returns a command that calls r.Run with what open returns. use is the command's name, and one word for each argument. An
// argument in brackets is optional: r gets "" if it is left out. The first line of help is the summary in the list of commands.
func Command[In any](use, help string, open func() (In, error), r Runner[In]) *cobra.Command {
	short, _, _ := strings.Cut(help, "\n")
	c := &cobra.Command{Use: use, Short: short, Long: help, Args: checkArgs, RunE: func(_ *cobra.Command, args []string) error {
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

// checkArgs refuses arguments that are missing or too many for the command's use.
func checkArgs(c *cobra.Command, args []string) error {
	words := strings.Fields(c.Use)[1:]
	switch n := len(args); {
	case n > len(words):
		return fmt.Errorf("unexpected argument %s", args[len(words)])
	case n < len(words) && !strings.HasPrefix(words[n], "["):
		return fmt.Errorf("expected %s", strings.Join(words[n:], " "))
	}
	return nil
}

// Group returns a command that only has subcommands: alone it prints its help, or is refused if its result has to be JSON. Its
// Execute returns errors and does not print them.
func Group(name, help string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: name, Short: help, Args: refuseUnknown, RunE: groupHelp, DisableFlagsInUseLine: true,
		SuggestionsMinimumDistance: 2, SilenceErrors: true, SilenceUsage: true,
	}
	g.SetFlagErrorFunc(flagError)
	g.AddCommand(commands...)
	return g
}

func groupHelp(c *cobra.Command, _ []string) error {
	if json, err := c.Flags().GetBool("json"); err == nil && json {
		return UsageError{"expected one of " + strings.Join(c.SuggestionsFor(""), ", ")} // every name begins with ""
	}
	return c.Help()
}

// refuseUnknown says which subcommand is similar. It runs only if the arguments name no subcommand.
func refuseUnknown(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("unexpected argument %s, did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return fmt.Errorf("unexpected argument %s", args[0])
}

// flagError says what is wrong with a flag. If the command itself is unknown it says that: none of its flags could be known.
func flagError(c *cobra.Command, err error) error {
	if args := c.Flags().Args(); c.HasSubCommands() && len(args) > 0 {
		return refuseUnknown(c, args)
	}
	return err
}

// OneOf registers a flag whose value is one of words; it is value if the flag is not given or empty.
func OneOf[T ~string](f *pflag.FlagSet, p *T, name string, value T, usage string, words ...T) {
	*p = value
	f.Var(&oneOf[T]{p, words}, name, usage)
}

type oneOf[T ~string] struct {
	value *T
	words []T
}

func (o *oneOf[T]) String() string { return string(*o.value) }
func (o *oneOf[T]) Type() string   { return "string" }

func (o *oneOf[T]) Set(text string) error {
	if text != "" && !slices.Contains(o.words, T(text)) {
		return fmt.Errorf("must be one of %v", o.words)
	}
	*o.value = cmp.Or(T(text), *o.value)
	return nil
}
