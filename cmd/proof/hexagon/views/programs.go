package views

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/programs"
	"example.com/roster/cmd/proof/source"
)

// Programs returns a Mermaid block of the programs with the core in them, and of the packages in each: packages of the same programs are
// together. If there is a Dockerfile, the block shows what the image contains. Other programs are listed below.
func Programs(tree *source.Tree) (string, error) {
	packages := packagesIn(tree)
	var programs, others []string
	for _, program := range slices.Sorted(maps.Keys(packages)) {
		switch {
		case !packages[program]["domain"]:
			others = append(others, program)
		case program != "cmd/roster":
			programs = append(programs, program)
		}
	}
	programs = append(programs, "cmd/roster") // last, whatever its name
	var b strings.Builder
	b.WriteString("```mermaid\n" + wide + "flowchart LR\n")
	for i, group := range groupsOf(packages, programs) {
		var in []string
		for _, program := range group.programs {
			in = append(in, path.Base(program))
		}
		fmt.Fprintf(&b, "  packages%d[%q] --> %s\n", i, list(group.packages), strings.Join(in, " & "))
	}
	for _, program := range programs {
		fmt.Fprintf(&b, "  %s[[%s]]\n", path.Base(program), program)
	}
	if err := drawImage(&b, tree.FS); err != nil {
		return "", err
	}
	b.WriteString("```\n")
	if len(others) > 0 {
		fmt.Fprintf(&b, "\nPrograms without the core: %s.\n", strings.Join(others, ", "))
	}
	return b.String(), nil
}

// A group is the packages that are in the same programs.
type group struct{ programs, packages []string }

// groupsOf returns the groups of the packages of programs, in the order of the programs.
func groupsOf(packages map[string]map[string]bool, programs []string) (groups []group) {
	for _, name := range everyPackage(packages, programs) {
		in := slices.DeleteFunc(slices.Clone(programs), func(program string) bool { return !packages[program][name] })
		i := slices.IndexFunc(groups, func(g group) bool { return slices.Equal(g.programs, in) })
		if i < 0 {
			i, groups = len(groups), append(groups, group{programs: in})
		}
		groups[i].packages = append(groups[i].packages, name)
	}
	slices.SortStableFunc(groups, func(a, b group) int {
		return slices.CompareFunc(a.programs, b.programs, func(x, y string) int { return slices.Index(programs, x) - slices.Index(programs, y) })
	})
	return groups
}

// wide is a setting for nodes with long lines.
const wide = "%%{init: {\"flowchart\": {\"wrappingWidth\": 400}}}%%\n"

// packagesIn returns the folders of the packages that each program imports, directly or indirectly.
func packagesIn(tree *source.Tree) map[string]map[string]bool {
	imports, all := make(map[string]map[string]bool), make(map[string]map[string]bool)
	for _, f := range tree.Files {
		if f.Test() || !programs.Built(f) {
			continue
		}
		if imports[f.Folder()] == nil {
			imports[f.Folder()] = make(map[string]bool)
		}
		for _, imported := range f.Imports() {
			if folder, ok := tree.Folder(imported.Path); ok {
				imports[f.Folder()][folder] = true
			}
		}
		if f.Syntax.Name.Name == "main" {
			all[f.Folder()] = make(map[string]bool)
		}
	}
	for program, seen := range all {
		drawing.Reach(imports, program, seen)
	}
	return all
}

// everyPackage returns the packages of programs, without those that are below another: adapters/nats includes adapters/nats/broker.
func everyPackage(packages map[string]map[string]bool, programs []string) []string {
	all := make(map[string]bool)
	for _, program := range programs {
		maps.Copy(all, packages[program])
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		for above := path.Dir(name); above != "."; above = path.Dir(above) {
			if all[above] {
				return true
			}
		}
		return false
	})
}

// list returns packages as lines, one for each folder that they are in. The core, which is in none, is first.
func list(packages []string) string {
	folders := []string{""}
	names := make(map[string][]string)
	for _, p := range packages {
		folder, name := path.Split(p)
		if !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
		names[folder] = append(names[folder], name)
	}
	var lines []string
	for _, folder := range folders {
		if n := strings.Join(names[folder], ", "); folder == "" && n != "" {
			lines = append(lines, "<b>"+n+"</b>")
		} else if n != "" {
			lines = append(lines, folder+" "+n)
		}
	}
	return strings.Join(lines, "<br/>")
}

var (
	from   = regexp.MustCompile(`(?m)^FROM ([^\s@]+)(?:@\S+)?(?: AS (\S+))?$`)
	copied = regexp.MustCompile(`(?m)^COPY --from=(\S+) (?:--\S+ )*(\S+) (\S+)$`)
	built  = regexp.MustCompile(`(?m)^RUN .*go build .*-o (\S+) \./(\S+)$`)
)

// drawImage draws the files of the image, each from a program or from the image that it is copied from.
func drawImage(b *strings.Builder, module fs.FS) error {
	raw, err := fs.ReadFile(module, "Dockerfile")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	text := string(raw)
	stages := from.FindAllStringSubmatch(text, -1)
	if len(stages) == 0 {
		return errors.New("Dockerfile: no FROM")
	}
	fmt.Fprintf(b, "  subgraph image [image, from %s]\n", stages[len(stages)-1][1])
	files := copied.FindAllStringSubmatch(text, -1)
	for i, c := range files {
		fmt.Fprintf(b, "    file%d(%s)\n", i, c[3])
	}
	b.WriteString("  end\n")
	for i, c := range files {
		build := slices.IndexFunc(built.FindAllStringSubmatch(text, -1), func(m []string) bool { return m[1] == c[2] })
		if build >= 0 {
			fmt.Fprintf(b, "  %s --> file%d\n", path.Base(built.FindAllStringSubmatch(text, -1)[build][2]), i)
		} else if strings.Count(text, c[2]) == strings.Count(text, c[0]) {
			stage := slices.IndexFunc(stages, func(s []string) bool { return s[2] == c[1] })
			fmt.Fprintf(b, "  base([%s]) --> file%d\n", stages[max(stage, 0)][1], i)
		}
	}
	return nil
}
