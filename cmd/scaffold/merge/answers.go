package merge

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// RecordFile is in each service, and says how it was made.
const RecordFile = ".scaffold.json"

// Answers are what [RecordFile] has: the argument MODULE and the flags of `scaffold new`, as the user gave them.
type Answers struct {
	Version  string            `json:"version"` // of the template
	Module   string            `json:"module"`
	Words    map[string]string `json:"words,omitempty"`
	Plural   map[string]string `json:"plural,omitempty"`
	Without  []string          `json:"without,omitempty"`
	Bare     bool              `json:"bare,omitempty"`
	Usecase  string            `json:"usecase,omitempty"`
	Learn    bool              `json:"learn,omitempty"`
	Template string            `json:"template,omitempty"` // its URL, if one was given to `scaffold update`
}

// ReadAnswers reads a text of [RecordFile].
func ReadAnswers(text string) (a Answers, err error) {
	file := json.NewDecoder(strings.NewReader(text))
	file.DisallowUnknownFields() // of a later program: this one would lose them
	if err := file.Decode(&a); err != nil {
		return a, fmt.Errorf("%s: %w", RecordFile, err)
	}
	if a.Module == "" {
		return a, fmt.Errorf("%s has no module: it must say how the service was made", RecordFile)
	}
	return a, nil
}

func (a Answers) String() string {
	text, _ := json.MarshalIndent(a, "", "  ") // texts, lists and maps
	return string(text) + "\n"
}

// arguments returns the arguments of `scaffold new` that make the service in dir.
func (a Answers) arguments(dir string) []string {
	arguments := []string{"new", a.Module, dir}
	for flag, words := range map[string]map[string]string{"--words": a.Words, "--plural": a.Plural} {
		for from, to := range words {
			arguments = append(arguments, flag, from+"="+to)
		}
	}
	for _, part := range a.Without {
		if a.Bare {
			break // it has no parts: an early version recorded what it ignored
		}
		arguments = append(arguments, "--without", part)
	}
	for flag, set := range map[string]bool{"--bare": a.Bare, "--with-learn": a.Learn} {
		if set {
			arguments = append(arguments, flag)
		}
	}
	if a.Usecase != "" {
		arguments = append(arguments, "--usecase", a.Usecase)
	}
	return arguments
}

// having returns the answers with one part more or less.
func (a Answers) having(with, out string) (Answers, error) {
	part := with + out
	has := !slices.Contains(a.Without, part)
	switch {
	case part == "":
		return a, nil
	case !slices.Contains(Parts, part):
		return a, fmt.Errorf("no part is named %q: choose from %s", part, strings.Join(Parts, ", "))
	case a.Bare:
		return a, errors.New("the service was made with --bare, which has no parts: make another without it")
	case with != "" && has:
		return a, fmt.Errorf("the service was not made without %s: left out are %q, and parts that need these, which come with them", with, a.Without)
	case out != "" && !has:
		return a, fmt.Errorf("the service has no part %s", out)
	case out != "":
		a.Without = append(slices.Clone(a.Without), out)
	default:
		a.Without = slices.DeleteFunc(slices.Clone(a.Without), func(part string) bool { return part == with })
	}
	return a, nil
}
