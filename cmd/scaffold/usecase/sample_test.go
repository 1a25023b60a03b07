package usecase

import "testing"

// A block begins with the comment above its first line, and ends with its last line that is indented further, or a closing brace.
func TestBlock(t *testing.T) {
	t.Parallel()
	sample := map[string]string{
		"a.go":   "package a\n\n// T is.\ntype T interface {\n\tA()\n\t// B does.\n\t// It does.\n\tB(\n\t\tint,\n\t)\n\tC()\n}\n\nvar v int\n",
		"a.yaml": "paths:\n  /a:\n    get: 1\n  /a/b:\n    get: 2\nother: 3\n",
	}
	for begin, c := range map[string]struct{ file, want string }{
		"type T ":   {"a.go", "// T is.\ntype T interface {\n\tA()\n\t// B does.\n\t// It does.\n\tB(\n\t\tint,\n\t)\n\tC()\n}\n"},
		"\tC(":      {"a.go", "\tC()\n"},
		"  /a/b:":   {"a.yaml", "  /a/b:\n    get: 2\n"},
		"  /a:":     {"a.yaml", "  /a:\n    get: 1\n"},
		"  /none: ": {"a.yaml", ""},
		"A()":       {"a.go", ""},
	} {
		if got, err := blockIn(sample, c.file, begin); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%q: got %q, %v, want %q", begin, got, err, c.want)
		}
	}
}

// A marked line is in a service that has what the mark names, with the same indentation.
func TestVariant(t *testing.T) {
	t.Parallel()
	const text = "a\n\t// keys: b\n  # limits:   c: 1\n// keys: // d\n// keys\n"
	for want, has := range map[string]map[string]bool{
		"a\n// keys\n": nil, "a\n\tb\n// d\n// keys\n": {"keys": true}, "a\n\tb\n    c: 1\n// d\n// keys\n": {"keys": true, "limits": true},
	} {
		if got := variant(text, has); got != want {
			t.Errorf("%v: got %q, want %q", has, got, want)
		}
	}
}
