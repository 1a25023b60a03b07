// Package exercise has the exercises that teach this architecture, working copies of them, and their checks.
//
// An exercise is a folder, such as 03-a-second-entry-point, below cmd/learn/_exercises:
//
//	text.md         what the learner reads: goal, task, three hints, and what it taught
//	exercise.yaml   chapter, files to change, and the steps of the check
//	start.patch     what makes the starting state of today's tree; optional
//	start/          files of the starting state that today's tree lacks; optional
//	check/          files that only the check adds, such as tests that the learner does not see; optional
//	mutant-N.patch  faults in the starting state, which the learner's tests must notice; optional
//	solution.patch  one right solution, from the starting state
//	wrong-N.patch   plausible wrong ones, three or more. The note above the first file says what the check answers
//
// So an exercise never holds a copy of the code that it is about. A test proves that each still fits today's tree.
package exercise

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/learn/patch"
)

// Folder has the exercises, from the root of the checkout.
const Folder = "cmd/learn/_exercises"

// Chapters are the titles of the chapters, by their letters.
var Chapters = map[string]string{
	"a": "Which part of the rule, the storage or the protocol is this line about?",
	"b": "The rule in the right place",
	"c": "The dependency rule",
	"d": "Ports and adapters",
	"e": "Transactions, races, retries",
	"f": "Contracts",
}

// Hints is the number of hints that each exercise has.
const Hints = 3

// An Exercise is one task for a learner.
type Exercise struct {
	N      int
	Name   string // of its folder
	Title  string
	Goal   string   // the first paragraph of its text
	Task   string   // Markdown: what is there, and what to do
	Hints  []string // Markdown, from a nudge to nearly the solution
	Taught string   // Markdown, shown when it is done

	settings
	dir fs.FS
}

// settings are what exercise.yaml has.
type settings struct {
	Chapter  string   `yaml:"chapter"`
	Files    []string `yaml:"files"`    // what the learner changes
	Unsolved string   `yaml:"unsolved"` // a part of what the check says about the starting state: the intended reason why it fails
	Steps    []Step   `yaml:"check"`
}

// A Step is a part of a check. It has one of Test, Mutants and Answers.
type Step struct {
	Right   string   `yaml:"right"`   // what holds when it passes, as a sentence
	Wrong   string   `yaml:"wrong"`   // why it may fail, and what to think about
	Test    []string `yaml:"test"`    // packages, such as ./domain: their tests must pass
	Mutants []string `yaml:"mutants"` // packages: their tests must pass, and fail with each mutant
	Answers string   `yaml:"answers"` // a file with a line "N. WORD …" for each of Key
	Run     string   `yaml:"run"`     // of the packages, only the tests with such names
	With    []string `yaml:"with"`    // files of check/ that the tests need
	Key     []Mark   `yaml:"key"`
}

// A Mark is a right answer, and why it is right.
type Mark struct {
	Is  string `yaml:"is"`
	Why string `yaml:"why"`
}

// Load reads all exercises of a checkout, in order.
func Load(checkout fs.FS) ([]*Exercise, error) {
	entries, err := fs.ReadDir(checkout, Folder)
	if err != nil {
		return nil, err
	}
	var exercises []*Exercise
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		dir, err := fs.Sub(checkout, path.Join(Folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		e, err := load(entry.Name(), dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		exercises = append(exercises, e)
	}
	return exercises, nil
}

func load(name string, dir fs.FS) (*Exercise, error) {
	number, _, _ := strings.Cut(name, "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil, errors.New("the folder's name must begin with a number, as in 03-a-second-entry-point")
	}
	e := &Exercise{N: n, Name: name, dir: dir}
	config, err := fs.ReadFile(dir, "exercise.yaml")
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(config))
	decoder.KnownFields(true)
	if err := decoder.Decode(&e.settings); err != nil {
		return nil, fmt.Errorf("exercise.yaml: %w", err)
	}
	text, err := fs.ReadFile(dir, "text.md")
	if err != nil {
		return nil, err
	}
	if err := e.read(string(text)); err != nil {
		return nil, fmt.Errorf("text.md: %w", err)
	}
	return e, e.validate()
}

// read divides the text: a title, the goal, sections with the task, the hints, and what it taught.
func (e *Exercise) read(text string) error {
	head, sections, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n## ")
	title, goal, _ := strings.Cut(head, "\n")
	e.Title, e.Goal = strings.TrimPrefix(title, "# "), strings.TrimSpace(goal)
	if !strings.HasPrefix(title, "# ") || e.Goal == "" {
		return errors.New(`it must begin with "# Title" and a paragraph that says the goal`)
	}
	for section := range strings.SplitSeq(sections, "\n## ") {
		heading, body, _ := strings.Cut(section, "\n")
		switch body = strings.TrimSpace(body); {
		case heading == fmt.Sprint("Hint ", len(e.Hints)+1):
			e.Hints = append(e.Hints, body)
		case heading == "What it taught":
			e.Taught = body
		default:
			e.Task += "## " + heading + "\n\n" + body + "\n\n"
		}
	}
	e.Task = strings.TrimSpace(e.Task)
	return nil
}

func (e *Exercise) validate() error {
	switch {
	case Chapters[e.Chapter] == "":
		return fmt.Errorf("exercise.yaml: chapter must be one of %s, got %q", strings.Join(slices.Sorted(maps.Keys(Chapters)), ", "), e.Chapter)
	case len(e.Hints) != Hints:
		return fmt.Errorf("text.md: want %d sections \"Hint 1\", \"Hint 2\" …, got %d", Hints, len(e.Hints))
	case e.Task == "" || e.Taught == "":
		return errors.New(`text.md: want a section that says what to do, and one "What it taught"`)
	case len(e.Files) == 0 || e.Unsolved == "" || len(e.Steps) == 0:
		return errors.New("exercise.yaml: want files, unsolved and check")
	}
	for i, s := range e.Steps {
		kinds := 0
		for _, is := range []bool{len(s.Test) > 0, len(s.Mutants) > 0, s.Answers != ""} {
			if is {
				kinds++
			}
		}
		if kinds != 1 || s.Right == "" || s.Wrong == "" {
			return fmt.Errorf("exercise.yaml: step %d: want right, wrong, and one of test, mutants and answers", i+1)
		}
	}
	return nil
}

// Start returns the files of the starting state that differ from the tree. A deleted file is nil.
func (e *Exercise) Start(tree fs.FS) (map[string][]byte, error) {
	files, err := e.overlay("start")
	if err != nil {
		return nil, err
	}
	changed, err := e.patch("start.patch", tree)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	maps.Copy(files, changed)
	return files, nil
}

// Patches returns the names of patches with a prefix, such as wrong.
func (e *Exercise) Patches(prefix string) ([]string, error) {
	return fs.Glob(e.dir, prefix+"-*.patch")
}

// Patch reads a patch of the exercise, such as solution.patch.
func (e *Exercise) Patch(name string) (patch.Patch, error) {
	text, err := fs.ReadFile(e.dir, name)
	if err != nil {
		return patch.Patch{}, err
	}
	p, err := patch.Parse(string(text))
	if err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

func (e *Exercise) patch(name string, tree fs.FS) (map[string][]byte, error) {
	p, err := e.Patch(name)
	if err != nil {
		return nil, err
	}
	changed, err := p.Apply(tree)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return changed, nil
}

// overlay returns the files below a folder of the exercise by their names in the tree. There are none if the folder does not exist.
func (e *Exercise) overlay(folder string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	err := fs.WalkDir(e.dir, folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == folder:
			return nil
		case err != nil || entry.IsDir():
			return err
		}
		text, err := fs.ReadFile(e.dir, name)
		files[strings.TrimPrefix(name, folder+"/")] = text
		return err
	})
	return files, err
}
