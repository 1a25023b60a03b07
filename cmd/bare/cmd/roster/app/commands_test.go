package app

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/cmd/bare/adapters/cli"
)

// The help of each command, at any level, names the variable of each flag.
func TestHelpNamesTheEnvironment(t *testing.T) {
	t.Parallel()
	leaf := &cobra.Command{Use: "leaf"}
	leaf.Flags().String("text", "", "Set the `TEXT`.")
	tree := cli.Group("tree", "", cli.Group("branch", "", leaf))
	documentEnvironment(tree.PersistentFlags(), tree.Commands()...)
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if strings.Count(f.Usage, "\n($"+variable(f)+")") != 1 {
				t.Errorf("%s: --%s: %q", c.CommandPath(), f.Name, f.Usage)
			}
		})
		for _, below := range c.Commands() {
			visit(below)
		}
	}
	visit(tree)
	visit(new(program).rootCommand())
}
