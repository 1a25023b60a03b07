package create

import (
	"fmt"
	"slices"
	"strings"

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
func bareTree(t Tree) (Tree, error) {
	tree := make(Tree)
	for name, text := range t {
		if below, own := strings.CutPrefix(name, bareFolder+"/"); own {
			tree[below] = strings.ReplaceAll(text, templateModule+"/"+bareFolder+"/", templateModule+"/")
		}
	}
	if err := usecase.LeaveOut(tree); err != nil {
		return nil, err
	}
	for name, text := range t {
		if slices.ContainsFunc(bareUses, func(folder string) bool { return within(name, folder) }) {
			tree[name] = text
		}
	}
	return tree, nil
}

// nameUsecase gives the bare service's use case, the sample note, another name. It refuses one that the service has for something else.
func nameUsecase(t Tree, name, plural string) (Tree, error) {
	rename, name, err := usecase.Renaming(name, plural)
	if err != nil {
		return nil, err
	}
	named := make(Tree, len(t))
	for file, text := range t {
		if within(file, "cmd/scaffold") { // it has the sample's names for others
			named[file] = text
			continue
		}
		if strings.Contains(text, `cli.Command("`+name+`"`) {
			return nil, fmt.Errorf("the name %q is taken: %s has a command %s; choose another name", name, file, name)
		}
		named[rename.Replace(file)] = rename.Replace(text)
	}
	if err := new(dictionary).checkDuplicates(named); err != nil {
		return nil, fmt.Errorf("the name %q is taken: %s", name, strings.TrimPrefix(err.Error(), "--words: "))
	}
	return named, nil
}
