package filetree

import (
	"strings"
	"testing"
)

func TestEdits(t *testing.T) {
	t.Parallel()
	original := Tree{
		"a.go":   "package a\n\n// F does.\nfunc F() {}\n\n// G is.\ntype G int\n\nfunc (G) H() {}\n",
		"b.md":   "# B\n\n## One\n\nof one, two and three\n\n### Deeper\n\n## Two\n\nx\n",
		"c/d":    "",
		"f.go":   "package f\n\ntype T struct {\n\ta int\n\n\t// b is.\n\tb int\n}\n\nfunc F() {\n\tif true {\n\t\tG()\n\n\t\tG()\n\t}\n\n\tG(1)\n}\n",
		"g.md":   "# G\n\nOne\nline.\n\nTo try:\n\n```sh\na\n\nb\n```\n\n- an item\n  of two lines\n- a last one\n\n| row |\n| other |\n",
		"e.yaml": "paths:\n  /a:\n    get: 1\n  /b:\n    get: 2\n",
	}
	for edits, want := range map[string]Tree{
		"in a.go\nblock func F(":                                   {"a.go": "package a\n\n// G is.\ntype G int\n\nfunc (G) H() {}\n"},
		"in a.go\nblock type G int\nblock func (G) H(":             {"a.go": "package a\n\n// F does.\nfunc F() {}\n"},
		"in f.go\nblock \tb int":                                   {"f.go": strings.Replace(original["f.go"], "\n\t// b is.\n\tb int\n", "\n", 1)},
		"in f.go\nblock \tif true":                                 {"f.go": "package f\n\ntype T struct {\n\ta int\n\n\t// b is.\n\tb int\n}\n\nfunc F() {\n\n\tG(1)\n}\n"},
		"in g.md\nblock One":                                       {"g.md": strings.Replace(original["g.md"], "One\nline.\n\n", "", 1)},
		"in g.md\nblock To try":                                    {"g.md": strings.Replace(original["g.md"], "To try:\n\n```sh\na\n\nb\n```\n\n", "", 1)},
		"in g.md\nblock - an item\nblock | row":                    {"g.md": strings.NewReplacer("- an item\n  of two lines\n", "", "| row |\n", "").Replace(original["g.md"])},
		"in b.md\nsection ## One":                                  {"b.md": "# B\n\n## Two\n\nx\n"},
		"in b.md\nphrase¦one, two¦two¦":                            {"b.md": strings.Replace(original["b.md"], "one, two", "two", 1)},
		"in b.md\n- ## Two\n- \n- x\n+ ## Three":                   {"b.md": strings.Replace(original["b.md"], "## Two\n\nx", "## Three", 1)},
		"in b.md\n= ## Two\n= \n+ y\n+ ":                           {"b.md": strings.Replace(original["b.md"], "## Two\n\nx", "## Two\n\ny\n\nx", 1)},
		"in b.md\n= ## Two\n- \n+ y\n= of one, two and three\n+ z": {"b.md": strings.NewReplacer("## Two\n\n", "## Two\ny\n", "three\n", "three\nz\n").Replace(original["b.md"])},
		"drop c":                 {"c/d": "gone"},
		"in e.yaml\nblock   /a:": {"e.yaml": "paths:\n  /b:\n    get: 2\n"},
		"drop a.go\nin a.go\nphrase¦F does¦F did¦\nblock type G int": {"a.go": "gone"},
	} {
		tree := Tree{}
		for name, text := range original {
			tree[name] = text
		}
		e := editor{tree: tree, original: original}
		for _, edit := range strings.Split(edits+"\n", "\n") {
			if err := e.apply(edit); err != nil {
				t.Errorf("%s: %v", edits, err)
			}
		}
		for name, text := range want {
			got, ok := tree[name]
			if text == "gone" && ok || text != "gone" && strings.TrimRight(got, "\n") != strings.TrimRight(text, "\n") {
				t.Errorf("after %s, %s is\n%s\nwant\n%s", edits, name, got, text)
			}
		}
	}
	for _, wrong := range []string{
		"drop nothing", "in nothing", "in a.go\nblock func Z(", "in b.md\nsection ## None", "in b.md\nphrase¦none¦¦", "in b.md\nphrase¦o¦¦",
		"in b.md\n- none", "in e.yaml\nblock   /c:", "what", "in b.md\nphrase¦one",
	} {
		e := editor{tree: Tree{"a.go": original["a.go"], "b.md": original["b.md"], "e.yaml": original["e.yaml"]}, original: original}
		var err error
		for _, edit := range strings.Split(wrong+"\n", "\n") {
			if err == nil {
				err = e.apply(edit)
			}
		}
		if err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
}
