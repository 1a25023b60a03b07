package merge

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// recordFile says how the service was made.
const recordFile = ".scaffold.json"

// Names in it that are no flag of `scaffold new`.
const (
	version    = "version"  // of the template
	location   = "template" // its URL, if one was given
	modulePath = "module"   // the argument MODULE
)

// answers are what [recordFile] has. Its other names are flags of `scaffold new`, with what the user gave.
type answers map[string]any

func readAnswers(text string) (a answers, err error) {
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return nil, fmt.Errorf("%s: %w", recordFile, err)
	}
	if a.text(modulePath) == "" {
		return nil, fmt.Errorf("%s has no module: it must say how the service was made", recordFile)
	}
	return a, nil
}

func (a answers) text(name string) string {
	text, _ := a[name].(string)
	return text
}

// arguments returns the arguments of `scaffold new` that make the service in dir.
func (a answers) arguments(dir string) []string {
	arguments := []string{"new", a.text(modulePath), dir}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		flag := "--" + name
		switch value := a[name].(type) {
		case bool:
			arguments = append(arguments, flag)
		case string:
			if !slices.Contains([]string{version, location, modulePath}, name) {
				arguments = append(arguments, flag, value)
			}
		case []any:
			for _, v := range value {
				arguments = append(arguments, flag, fmt.Sprint(v))
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				arguments = append(arguments, flag, fmt.Sprint(key, "=", value[key]))
			}
		}
	}
	return arguments
}

const without = "without"

// leftOut returns the parts that the service does not have.
func (a answers) leftOut() (parts []string) {
	list, _ := a[without].([]any)
	for _, part := range list {
		parts = append(parts, fmt.Sprint(part))
	}
	return parts
}

// having returns a copy of the answers, with one part more or less.
func (a answers) having(with, out string) (answers, error) {
	parts := a.leftOut()
	i := slices.Index(parts, with+out)
	switch {
	case with+out == "":
	case a["bare"] == true:
		return nil, errors.New("the service was made with --bare, which has no parts: make another without it")
	case with != "" && i < 0:
		return nil, fmt.Errorf("the service was not made without %s: left out are %q, and parts that need these, which come with them", with, parts)
	case with != "":
		parts = slices.Delete(parts, i, i+1)
	case i >= 0:
		return nil, fmt.Errorf("the service has no part %s", out)
	default:
		parts = append(parts, out)
	}
	b := maps.Clone(a)
	b[without] = parts
	if len(parts) == 0 {
		delete(b, without)
	}
	return readAnswers(b.String())
}

// order is the order of names in the file. Others follow.
var order = []string{version, modulePath, "words", "plural", without, "bare", "usecase"}

func (a answers) String() string {
	names := slices.Clone(order)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if !slices.Contains(order, name) {
			names = append(names, name)
		}
	}
	var fields []string
	for _, name := range names {
		if value, ok := a[name]; ok {
			text, _ := json.MarshalIndent(value, "  ", "  ") // texts, lists and maps
			fields = append(fields, fmt.Sprintf("  %q: %s", name, text))
		}
	}
	return "{\n" + strings.Join(fields, ",\n") + "\n}\n"
}
