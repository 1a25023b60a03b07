package create

import (
	"fmt"
	"go/token"
	"path"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/naming"
	"example.com/roster/cmd/scaffold/usecase"
)

// bareFolder has the packages and files that a service begins with, as packages of this module.
const bareFolder = "cmd/bare"

// bareUses are the packages and files of the template that a bare service has, too. Each package is here or in bareFolder as a whole.
var bareUses = []string{
	".ci", ".gitattributes", ".github", ".gitignore", "LICENSE", "adapters/httpapi/docs", "cmd/proof/arch", "cmd/proof/hexagon/drawing",
	"cmd/proof/source", "cmd/scaffold", "go.mod", "go.sum",
}

// bareTree returns the files of a bare service. They have the names of bareFolder, and its imports, as if that were the root.
func bareTree(t Tree) Tree {
	tree := make(Tree)
	for name, text := range t {
		if below, own := strings.CutPrefix(name, bareFolder+"/"); own {
			tree[below] = strings.ReplaceAll(text, templateModule+"/"+bareFolder+"/", templateModule+"/")
		} else if slices.ContainsFunc(bareUses, func(folder string) bool { return within(name, folder) }) {
			tree[name] = text
		}
	}
	return tree
}

// nameUsecase gives the bare service's use case, the sample note, another name. It refuses one that the service has for something else.
func nameUsecase(t Tree, name string) (Tree, error) {
	f, err := usecase.ParseName(name)
	if err != nil {
		return nil, err
	}
	text := replacer(f.Pascal, f.Pascals, f.Camel, f.Camels, f.Snake, f.Snakes, f.Kebab, f.Kebabs, f.Name, f.Names, f.File)
	code := replacer(f.Type, f.Types, f.Camel, f.Camels, f.Snake, f.Snakes, f.Kebab, f.Kebabs, f.Name, f.Names, f.File)
	named, used := make(Tree, len(t)), t.identifiers()
	for file, before := range t {
		rename, after := text, ""
		if path.Ext(file) == ".go" {
			rename = code
		}
		if after = rename.Replace(before); path.Ext(file) == ".go" && after != before {
			for old := range identifiers(before) {
				if now := code.Replace(old); now != old && (used[path.Dir(file)][now] || token.IsKeyword(now)) {
					return nil, fmt.Errorf("the name %q is taken: %s has %s already; choose another name", f.Kebab, path.Dir(file), now)
				}
			}
		}
		named[text.Replace(file)] = after
	}
	return named, nil
}

// replacer replaces the forms of the sample note's name, and the articles before them. No form is another's text.
func replacer(forms ...string) *strings.Replacer {
	var pairs []string
	for i, old := range []string{"SampleNote", "SampleNotes", "sampleNote", "sampleNotes", "sample_note", "sample_notes", "sample-note", "sample-notes", "sample note", "sample notes", "samplenote"} {
		article := naming.Article(forms[i])
		pairs = append([]string{" a " + old, " " + article + " " + forms[i], " A " + old, " " + naming.Capital(article) + " " + forms[i], old, forms[i]}, pairs...)
	}
	return strings.NewReplacer(pairs...) // of a form and its plural, the plural is first
}
