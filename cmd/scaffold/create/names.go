package create

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Names are the forms of a service's name.
type Names struct {
	Module string // in go.mod and imports
	Plain  string // of the program and its folder, in prose and on the command line: lowercase letters, digits and hyphens
	Go     string // of an unexported identifier
	Snake  string // in SQL, metrics and subjects
	Env    string // the prefix of each environment variable
}

var versionSuffix = regexp.MustCompile(`(?:/v[0-9]+|\.v[0-9]+)$`)

// NamesOf returns the names of a module's service: they are made from the last part of the path, without a version.
func NamesOf(modulePath string) (Names, error) {
	if err := module.CheckPath(modulePath); err != nil {
		return Names{}, err
	}
	last := strings.ToLower(path.Base(versionSuffix.ReplaceAllString(modulePath, "")))
	plain := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(last, "-"), "-")
	if plain == "" {
		return Names{}, fmt.Errorf("%q must end in a name with letters or digits: the program is named after it", modulePath)
	}
	n := Names{Module: modulePath, Plain: plain, Go: strings.ReplaceAll(plain, "-", ""), Snake: strings.ReplaceAll(plain, "-", "_")}
	if n.Go[0] <= '9' { // identifiers and environment variables do not begin with a digit
		n.Go, n.Snake = "app"+n.Go, "app_"+n.Snake
	}
	n.Env = strings.ToUpper(n.Snake)
	if token.IsKeyword(n.Go) || types.Universe.Lookup(n.Go) != nil ||
		slices.Contains([]string{"main", "internal", "testdata", "vendor"}, n.Go) {
		return Names{}, n.taken("Go's own " + n.Go)
	}
	return n, nil
}

func (n Names) taken(by string) error {
	return fmt.Errorf("the name %q is taken by %s: choose a module path that ends in another name", n.Plain, by)
}

// checkAvailable returns an error if something else has the service's name: its program gets a folder, and variables get the name.
func (n Names) checkAvailable(template Tree) error {
	for _, name := range slices.Sorted(maps.Keys(template)) {
		if folder := path.Dir(name); path.Base(folder) == n.Plain || path.Base(folder) == n.Go {
			return n.taken("the folder " + folder)
		}
	}
	return nil
}

// disambiguate returns the names with a longer Go name if a folder that needs it uses it for something else.
func (n Names) disambiguate(template Tree) Names {
	for _, used := range template.identifiers() {
		if used[n.Go] && used[templateName] {
			n.Go += "Service"
			break
		}
	}
	return n
}
