package app

import (
	"slices"
	"testing"
)

// No item of a list is lost, whether commas, lines or flags separate the items.
func TestList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want []string }{
		{[]string{"a,b"}, []string{"a", "b"}},
		{[]string{"a\nb\nc,d\n"}, []string{"a", "b", "c", "d"}},
		{[]string{"\"a,b\"\n\"c\nd\""}, []string{"a,b", "c\nd"}},
		{[]string{"a", "b,c"}, []string{"a", "b", "c"}},
		{[]string{""}, nil},
	} {
		values := []string{"the default"}
		l := newList(&values)
		for _, text := range c.given {
			if err := l.Set(text); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		if !slices.Equal(values, c.want) {
			t.Errorf("%q: got %q, want %q", c.given, values, c.want)
		}
	}
	if err := newList(new([]string)).Set(`"a`); err == nil {
		t.Error("a quote that is not closed is no error")
	}
}
