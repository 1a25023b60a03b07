package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/roster/adapters/importer/formats"
	"example.com/roster/domain"
)

// Formats are the names of the formats of other systems.
func Formats() (names []string) {
	files, _ := fs.Glob(formats.Files, "*.yaml") // the pattern is valid
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file, ".yaml"))
	}
	return names
}

// FormatMapping returns the mapping of a format of [Formats].
func FormatMapping(format string) (Mapping, error) {
	text, err := formats.Files.ReadFile(format + ".yaml")
	if err != nil {
		return Mapping{}, &domain.Violation{Field: "format", Detail: fmt.Sprintf("must be one of %s, got %.100q", strings.Join(Formats(), ", "), format)}
	}
	m, err := ParseMapping(text)
	m.Format = format
	return m, err
}

// ParseMapping reads a mapping file.
func ParseMapping(text []byte) (m Mapping, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&m); err != nil && err != io.EOF {
		detail := strings.NewReplacer("yaml: ", "", "unmarshal errors:\n  ", "", "\n ", ",", " in type importer.Mapping", "; the names are "+mappingNames(),
			"cannot unmarshal !!seq", "the value is a list", "cannot unmarshal !!str", "the value is", "cannot unmarshal !!map", "the value has names", "cannot unmarshal !!", "the value is a ", "into bool", "and must be true or false", "into string", "and must be text",
			"into []string", "and must be a list of texts", "into importer.Mapping", "and must be names with values").Replace(err.Error())
		return m, &domain.Violation{Field: "mapping", Detail: "must be YAML with the names of the flags: " + detail}
	}
	return m, nil
}

// mappingNames returns the names of a mapping file.
func mappingNames() string {
	var names []string
	for field := range reflect.TypeFor[Mapping]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// UnmarshalYAML reads column: value, column: [value, value], or texts as flags have them.
func (a *Assignments) UnmarshalYAML(node *yaml.Node) (err error) {
	switch node.Kind {
	case yaml.ScalarNode:
		*a, err = ParseAssignments([]string{node.Value})
	case yaml.SequenceNode:
		var texts []string
		if err = node.Decode(&texts); err == nil {
			*a, err = ParseAssignments(texts)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content) && err == nil; i += 2 {
			var values []string
			values, err = valuesOf(node.Content[i+1])
			*a = append(*a, Assignment{node.Content[i].Value, values})
		}
	default:
		err = errors.New("an alias has no meaning here")
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	return nil
}

func valuesOf(node *yaml.Node) (values []string, err error) {
	switch node.Kind {
	case yaml.ScalarNode:
		return split(node.Value), nil
	case yaml.SequenceNode:
		for _, n := range node.Content {
			if n.Kind != yaml.ScalarNode {
				return nil, errors.New("a value must be text")
			}
			values = append(values, n.Value)
		}
		return values, nil
	}
	return nil, errors.New("a value must be text, or a list of texts")
}
