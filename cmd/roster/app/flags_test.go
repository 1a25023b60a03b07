package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func runFor(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	var printed bytes.Buffer
	code = Run(t.Context(), Options{Args: args, Stdin: strings.NewReader(""), Stdout: &printed, Stderr: &printed})
	return printed.String(), code
}

func TestFlagsAreReadFromTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		variable, value string
		args            string
		code            int
		says            string
	}{
		{"ROSTER_JSON", "true", "version", 0, `{"version":`},
		{"ROSTER_JSON", "true", "version --json=false", 0, "roster "},
		{"ROSTER_JSON", "maybe", "version", 2, `invalid value "maybe" of ROSTER_JSON`},
		{"ROSTER_LOG_LEVEL", "loud", "version", 2, `invalid value "loud" of ROSTER_LOG_LEVEL: must be one of [debug info warn error]`},
		{"ROSTER_LOG_LEVEL", "loud", "version --log-level warn", 0, "roster "},
		{"ROSTER_LOG_LEVEL", "", "version", 0, "roster "},
		{"ROSTER_CAPACITY", "many", "course put x", 2, "ROSTER_CAPACITY: must be a whole number"},
		{"ROSTER_CAPACITY", "-3", "course put x", 2, "capacity must be between 0 and"},
		{"ROSTER_CAPACITY", "many", "version", 0, "roster "}, // which has no such flag
		{"ROSTER_SUBJECT", "me", "token --role staff", 0, "ey"},
		{"ROSTER_SUBJECT", "me", "token", 2, `"role" not set`},
		{"ROSTER_HELP", "maybe", "version", 0, "roster "},
		{"ROSTER_VERSION", "7.1", "", 0, "Usage:"},
		{"ROSTER_JSON", "true", "", 2, `"detail":"expected one of serve, `},
	} {
		t.Run(c.variable+"="+c.value+" "+c.args, func(t *testing.T) {
			t.Setenv("ROSTER_DATABASE_URL", "memory:")
			t.Setenv("ROSTER_DATA_DIR", t.TempDir())
			t.Setenv(c.variable, c.value)
			if out, code := runFor(t, strings.Fields(c.args)...); code != c.code || !strings.Contains(out, c.says) {
				t.Errorf("exit %d\n%s", code, out)
			}
		})
	}
}

// A secret may be in a file, so that it is neither on a command line nor in the environment.
func TestSecretsAreReadFromFiles(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	memory := write("memory:\r\nnot this\n")
	for _, c := range []struct {
		args, variable string
		code           int
		says           string
	}{
		{"course list --database-url-file " + memory, "", 0, "COURSE"},
		{"course list", memory, 0, "COURSE"},
		{"course list --database-url-file " + write("elsewhere:"), memory, 2, "database-url must be sqlite:PATH"},
		{"course list --database-url memory: --database-url-file " + memory, "", 2, "--database-url and --database-url-file are both given"},
		{"course list --database-url-file " + memory + " --database-url memory:", "", 2, "--database-url and --database-url-file are both given"},
		{"course list --database-url-file " + memory + ".gone", "", 2, "--database-url-file: open "},
	} {
		t.Setenv("ROSTER_DATA_DIR", t.TempDir())
		t.Setenv("ROSTER_DATABASE_URL_FILE", c.variable)
		if c.variable == "" {
			os.Unsetenv("ROSTER_DATABASE_URL_FILE")
		}
		if out, code := runFor(t, strings.Fields(c.args)...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s with %q: exit %d\n%s", c.args, c.variable, code, out)
		}
	}
}

// A flag that means nothing without another one is refused without it. An empty value counts as none.
func TestFlagsThatNeedAnother(t *testing.T) {
	for _, c := range []struct{ args, variable, says string }{
		{"--oidc-audience roster", "", "--oidc-audience (or ROSTER_OIDC_AUDIENCE) has no effect without --oidc-issuer"},
		{"--oidc-role-map a=staff --oidc-issuer=", "", "without --oidc-issuer"},
		{"", "ROSTER_OIDC_SUBJECT_CLAIM", "--oidc-subject-claim (or ROSTER_OIDC_SUBJECT_CLAIM) has no effect without --oidc-issuer"},
		{"--tls-ca file", "", "--tls-ca (or ROSTER_TLS_CA) has no effect without --oidc-issuer"},
		{"--tls-cert file", "", "--tls-cert (or ROSTER_TLS_CERT) has no effect without --tls-key"},
		{"--tls-key file", "", "--tls-key (or ROSTER_TLS_KEY) has no effect without --tls-cert"},
	} {
		for _, command := range []string{"serve --addr 127.0.0.1:none ", "doctor "} {
			t.Run(command+c.args+c.variable, func(t *testing.T) {
				t.Setenv("ROSTER_DATABASE_URL", "memory:")
				t.Setenv("ROSTER_DATA_DIR", t.TempDir())
				t.Setenv("ROSTER_OIDC_TENANT", "")
				if c.variable != "" {
					t.Setenv(c.variable, "value")
				}
				if out, code := runFor(t, strings.Fields(command+c.args)...); code != 2 || !strings.Contains(out, c.says) {
					t.Errorf("exit %d\n%s", code, out)
				}
			})
		}
	}
}

// The help of each command names each flag and its variable.
func TestHelpNamesTheEnvironment(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		help, code := runFor(t, append(strings.Fields(c.CommandPath())[1:], "--help")...)
		if code != 0 || !strings.Contains(help, "Usage:\n  "+c.CommandPath()) {
			t.Errorf("%s: exit %d\n%s", c.CommandPath(), code, help)
		}
		for _, flags := range []*pflag.FlagSet{c.LocalFlags(), c.InheritedFlags()} {
			flags.VisitAll(func(f *pflag.Flag) {
				if !strings.Contains(help, "--"+f.Name+" ") || !strings.Contains(help, "($"+variable(f)+")") {
					t.Errorf("%s: nothing about --%s", c.CommandPath(), f.Name)
				}
			})
		}
		for _, below := range c.Commands() {
			visit(below)
		}
	}
	visit(new(program).rootCommand())
}

func TestVersionFlagPrintsWhatTheCommandPrints(t *testing.T) {
	t.Parallel()
	for _, json := range [][]string{nil, {"--json"}} {
		want, _ := runFor(t, append(json, "version")...)
		if got, code := runFor(t, append(json, "--version")...); got != want || got == "" || code != 0 {
			t.Errorf("exit %d, %q, want %q", code, got, want)
		}
	}
	if out, code := runFor(t, "serve", "--version"); code != 2 {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// Without arguments, Run does not use the arguments of the process.
func TestNoArguments(t *testing.T) {
	t.Parallel()
	if out, code := runFor(t); code != 0 || !strings.Contains(out, "Available Commands:\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
}
