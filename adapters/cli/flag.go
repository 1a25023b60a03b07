package cli

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// OneOf registers a flag that is one of a few words: value, when it is not given or empty.
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
