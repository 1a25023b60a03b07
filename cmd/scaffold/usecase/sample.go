package usecase

import (
	"embed"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// The sample is a use case, the sample note, with a further command. It is compiled and tested in the bare service, which is part of the
// template. Any other service has it as text in sampleFolder, beside the few files that have no counterpart there.
const (
	bareFolder   = "cmd/bare"
	sampleFolder = "cmd/scaffold/usecase/templates/sample"
)

// shared are the files of the bare service of which the sample has only lines.
var shared = []string{"adapters/httpapi/openapi.yaml", "ports/driving.go"}

//go:embed templates
var embedded embed.FS

var templates, _ = fs.Sub(embedded, "templates") // the folder exists

// Texts returns the files of the sample as a service has them, from the bare service.
func Texts(bare filetree.Tree) filetree.Tree {
	texts := make(filetree.Tree)
	for file, text := range compiled(bare) {
		texts[path.Join(sampleFolder, file)+".txt"] = text
	}
	return texts
}

// compiled returns the files of the sample that are compiled in the bare service.
func compiled(bare filetree.Tree) filetree.Tree {
	sample := make(filetree.Tree)
	for file, text := range bare {
		if strings.Contains(path.Base(file), "samplenote") || slices.Contains(shared, file) {
			sample[strings.Replace(file, "00001", "NUMBER", 1)] = strings.ReplaceAll(text, "/"+bareFolder+"/", "/")
		}
	}
	return sample
}

// readSample returns the sample in the variant for a service.
func readSample(s service) (filetree.Tree, error) {
	sample, err := filetree.LoadTexts(templates, "sample")
	if err != nil {
		return nil, err
	}
	bare, err := filetree.Load(s.fsys, bareFolder)
	if err != nil {
		return nil, err
	}
	maps.Copy(sample, compiled(bare.Below(bareFolder)))
	original := maps.Clone(sample)
	if s.Limits {
		err = sample.Apply(original, templates, "limits")
	}
	if s.Keys && err == nil {
		err = sample.Apply(original, templates, "keys")
	}
	return sample, err
}

// isOfCommand reports whether a file of the sample is the further command's.
func isOfCommand(file string) bool { return strings.Contains(path.Base(file), "samplenotearchive") }

// LeaveOutCommand leaves the further command out of the sample.
func LeaveOutCommand(t filetree.Tree) error {
	original := maps.Clone(t)
	maps.DeleteFunc(t, func(file, _ string) bool { return isOfCommand(file) })
	return t.Apply(original, templates, "record")
}
