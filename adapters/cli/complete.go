package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Completing reports whether a shell runs the program to complete a command line.
func Completing(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// Completions are what a shell offers for a word of the help, such as COURSE, by the prefix that is typed.
type Completions map[string]func(prefix string) []cobra.Completion

// Complete lets a shell complete the arguments of c and its subcommands, and the values of their flags. The word in the help
// decides: a list such as on|off offers its words, FILE the names of files, DIR those of directories; any other word offers
// its completions, if it has any.
func Complete(c *cobra.Command, completions Completions) {
	offer := func(word, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch find, known := completions[word]; {
		case known:
			return find(prefix), cobra.ShellCompDirectiveNoFileComp
		case word == "FILE":
			return nil, cobra.ShellCompDirectiveDefault
		case word == "DIR":
			return nil, cobra.ShellCompDirectiveFilterDirs
		case strings.Contains(word, "|"):
			return strings.Split(word, "|"), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	c.ValidArgsFunction = func(c *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		words := append(strings.Fields(c.Use)[1:], make([]string, len(args)+1)...)
		return offer(strings.Trim(words[len(args)], "[]"), prefix)
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		word, _ := pflag.UnquoteUsage(f)
		_ = c.RegisterFlagCompletionFunc(f.Name, func(_ *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return offer(word, prefix)
		})
	})
	for _, inner := range c.Commands() {
		Complete(inner, completions)
	}
}
