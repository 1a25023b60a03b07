package app

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// variable returns the environment variable of a flag: --data-dir is ROSTER_DATA_DIR.
func variable(f *pflag.Flag) string {
	return "ROSTER_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// readEnvironment sets the flags that the arguments have not set, each from its variable.
func readEnvironment(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		text, there := os.LookupEnv(variable(f))
		if err != nil || f.Changed || !there || f.Name == "help" {
			return
		}
		if err = f.Value.Set(text); err != nil {
			err = fmt.Errorf("invalid value %q of %s: %w", text, variable(f), err)
		}
		f.Changed = true
	})
	return err
}

// tellEnvironment has help name the variables.
func tellEnvironment(grammar *cobra.Command) {
	help := grammar.HelpFunc()
	grammar.SetHelpFunc(func(c *cobra.Command, args []string) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" {
				f.Usage += "\n($" + variable(f) + ")"
			}
		})
		help(c, args)
	})
}
