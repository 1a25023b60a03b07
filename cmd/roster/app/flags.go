package app

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
)

// variable returns the environment variable of a flag: --data-dir is ROSTER_DATA_DIR.
func variable(f *pflag.Flag) string {
	return "ROSTER_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// hasVariable reports whether the environment may set a flag: not one that asks for a text instead of a run.
func hasVariable(f *pflag.Flag) bool { return f.Name != "help" && f.Name != "version" }

// readEnvironment sets each flag that is not among the arguments from its variable.
func readEnvironment(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		text, ok := os.LookupEnv(variable(f))
		if err != nil || f.Changed || !ok || !hasVariable(f) {
			return
		}
		if err = f.Value.Set(text); err != nil {
			err = fmt.Errorf("invalid value %q of %s: %w", text, variable(f), err)
		}
		f.Changed = true
	})
	flags.VisitAll(func(f *pflag.Flag) {
		if secret, ok := f.Value.(*secretFile); ok && f.Changed && err == nil {
			err = secret.read()
		}
	})
	return err
}

// needs are flags that have no effect without another one, by their name or what it begins with.
var needs = map[string]string{
	"nats":     "nats-url",
	"oidc":     "oidc-issuer",
	"tls-ca":   "oidc-issuer",
	"tls-cert": "tls-key",
	"tls-key":  "tls-cert",
}

// refuseAlone refuses a flag without the other one that it needs. An empty value counts as none.
func refuseAlone(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		kind, _, _ := strings.Cut(f.Name, "-")
		other := flags.Lookup(cmp.Or(needs[f.Name], needs[kind]))
		if f.Changed && f.Value.String() != "" && other != nil && other.Value.String() == "" {
			err = cmp.Or(err, fmt.Errorf("--%s (or %s) has no effect without --%s", f.Name, variable(f), other.Name))
		}
	})
	return err
}

// A list is the value of a flag that has several: separated by commas or line breaks as in CSV, or from one flag each. Lists of pflag drop all
// lines but the first (https://github.com/spf13/pflag/issues/307).
type list struct {
	values *[]string
	given  bool
}

func newList(values *[]string) *list { return &list{values: values} }

func (l *list) String() string { return strings.Join(*l.values, ",") }
func (l *list) Type() string   { return "strings" }

func (l *list) Set(text string) error {
	lines := csv.NewReader(strings.NewReader(text))
	lines.FieldsPerRecord = -1
	all, err := lines.ReadAll()
	if !l.given {
		*l.values, l.given = nil, true
	}
	*l.values = append(*l.values, slices.Concat(all...)...)
	return err
}

// A secretFile is the flag --NAME-file of a flag --NAME: it reads its value from a file, for a secret that should be neither on a
// command line nor in the environment.
type secretFile struct {
	path   string
	secret *pflag.Flag
}

func addSecretFile(flags *pflag.FlagSet, name string) {
	flags.Var(&secretFile{secret: flags.Lookup(name)}, name+"-file", "Read --"+name+" from the first line of `FILE`.")
}

func (s *secretFile) String() string        { return s.path }
func (s *secretFile) Type() string          { return "FILE" }
func (s *secretFile) Set(path string) error { s.path = path; return nil }

func (s *secretFile) read() error {
	if s.secret.Changed {
		return fmt.Errorf("--%[1]s and --%[1]s-file are both given: choose one", s.secret.Name)
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("--%s-file: %w", s.secret.Name, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	s.secret.Changed = true
	return s.secret.Value.Set(strings.TrimSuffix(line, "\r"))
}

// documentEnvironment adds the variables to the help.
func documentEnvironment(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			switch {
			case f.Name == "help":
				f.Usage = "Print this help."
			case hasVariable(f):
				f.Usage += "\n($" + variable(f) + ")"
			}
		})
		help(c, args)
	})
}

// logging is the level and the format of the log. Results go to stdout, and never to the log.
type logging struct{ Level, Format string }

func (l *logging) Flags(f *pflag.FlagSet) {
	cli.OneOf(f, &l.Level, "log-level", "info", "Log messages of this level and above, `debug|info|warn|error`.", "debug", "info", "warn", "error")
	cli.OneOf(f, &l.Format, "log-format", "text", "Log as `text|json`.", "text", "json")
}

// newLog returns a log on stderr.
func newLog(o Options, c configuration) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // the flag allows no other values
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(o.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(o.Stderr, options))
}
