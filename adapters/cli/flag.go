package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// OneOf registers a flag that is one of a few words: value, when it is not given or empty.
func OneOf(f *pflag.FlagSet, p *string, name, value, usage string, words ...string) {
	*p = value
	f.Var(&word{p, words}, name, usage)
}

type word struct {
	value *string
	of    []string
}

func (w *word) String() string { return *w.value }
func (w *word) Type() string   { return "string" }

func (w *word) Set(text string) error {
	if text == "" {
		return nil
	}
	if !slices.Contains(w.of, text) {
		return fmt.Errorf("must be one of %s, not %q", strings.Join(w.of, ", "), text)
	}
	*w.value = text
	return nil
}
