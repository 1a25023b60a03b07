package usecase

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// The sample is a use case, the sample note, with a further command. The bare service of the template compiles and tests it. Any other
// service has its files as texts in the folder sample, where those are that have no counterpart in a bare service.
const bareFolder = "cmd/bare"

// shared are the files of the bare service of which only some lines are the sample's.
var shared = []string{"adapters/httpapi/openapi.yaml", "ports/driving.go"}

//go:embed templates
var templates embed.FS

// Texts returns the files of the sample as a service that is made from a template has them.
func Texts(template map[string]string) map[string]string {
	texts := make(map[string]string)
	for file, text := range compiled(template) {
		texts[path.Join("cmd/scaffold/usecase/templates/sample", file)+".txt"] = text
	}
	return texts
}

// compiled returns the files of the sample that the bare service of a template has, as if that were the root.
func compiled(template map[string]string) map[string]string {
	sample := make(map[string]string)
	for name, text := range template {
		file, ok := strings.CutPrefix(name, bareFolder+"/")
		if ok && (strings.Contains(path.Base(file), "samplenote") || slices.Contains(shared, file)) {
			sample[strings.Replace(file, "00001", "NUMBER", 1)] = strings.ReplaceAll(text, "/"+bareFolder+"/", "/")
		}
	}
	return sample
}

// readSample returns the sample in the variant for a service.
func readSample(s service) (map[string]string, error) {
	bare, err := filetree.Load(s.fsys, bareFolder)
	if err != nil {
		return nil, err
	}
	sample := compiled(bare)
	folders := []string{"templates/sample"}
	if s.Keys {
		folders = append(folders, "templates/keys")
	}
	for _, folder := range folders {
		texts, err := filetree.Load(templates, folder)
		if err != nil {
			return nil, err
		}
		for name, text := range texts {
			sample[strings.TrimSuffix(strings.TrimPrefix(name, folder+"/"), ".txt")] = text
		}
	}
	for file, text := range sample {
		sample[file] = variant(text, map[string]bool{"keys": s.Keys, "limits": s.Limits})
	}
	return sample, nil
}

// mark matches a line that only some services have, as a comment of a file that a bare service has.
var mark = regexp.MustCompile(`(?m)^([ \t]*)(?://|#) (keys|limits): (.*\n)`)

// variant returns a text of the sample with the marked lines that a service has.
func variant(text string, has map[string]bool) string {
	return mark.ReplaceAllStringFunc(text, func(line string) string {
		if m := mark.FindStringSubmatch(line); has[m[2]] {
			return m[1] + m[3]
		}
		return ""
	})
}

// LeaveOut leaves out of the bare service of the template what a new one does not have: marked lines, and the sample's further command.
func LeaveOut(bare map[string]string) error {
	for file, text := range bare {
		bare[file] = variant(text, nil)
	}
	return leaveOutCommand(bare)
}

// isOfCommand reports whether a file of the sample is the further command's.
func isOfCommand(file string) bool { return strings.Contains(path.Base(file), "samplenotearchive") }

func leaveOutCommand(sample map[string]string) error {
	maps.DeleteFunc(sample, func(file, _ string) bool { return isOfCommand(file) })
	inserts, err := fs.ReadFile(templates, "templates/command.inserts")
	for _, m := range blockOf.FindAllStringSubmatch(filetree.WithLF(inserts), -1) {
		block, wrong := blockIn(sample, m[1], m[2])
		err = errors.Join(err, wrong)
		sample[m[1]] = strings.Replace(sample[m[1]], block, "", 1)
	}
	return err
}

// blockIn returns the line of a file that begins so, with the comment above it, and the lines below it that are indented further, with
// their closing brace.
func blockIn(sample map[string]string, file, begin string) (string, error) {
	indent := begin[:len(begin)-len(strings.TrimLeft(begin, " \t"))]
	block := regexp.MustCompile(`(?m)(?:^` + indent + `//.*\n)*^` + regexp.QuoteMeta(begin) + `.*\n(?:^` + indent + `[ \t].*\n)*(?:^` + indent + `\}\n)?`)
	if found := block.FindString(sample[file]); found != "" {
		return found, nil
	}
	return "", fmt.Errorf("%s has no line that begins with %q", file, begin)
}
