package record

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// States are the states of a service, in the order in which it passes them.
var States = []string{"specification", "development", "pilot", "live", "deprecated", "decommissioned"}

// Sizes are those of an estimation.
var Sizes = []string{"S", "M", "L", "XL"}

// Kinds are those of a requirement. All but the first are qualities, which mechanisms name, too.
var Kinds = []string{"functional", "availability", "performance", "security", "observability"}

// OwnerSchema is the JSON Schema of an owner's file, for editors. [ReadOwner] refuses what it refuses.
//
//go:embed owner.schema.json
var OwnerSchema []byte

// An ownerFile is what a person writes, as YAML.
type ownerFile struct {
	Reference, Name, Description string
	Licence                      string
	Capabilities                 []string
	Categories                   struct{ Domain, Team, Layer string }
	External                     bool
	Status                       string
	Transitions                  []Transition
	Estimation                   Estimation
	Tasks                        []Task
	Processes                    []struct {
		Name, Title string
		Steps       []Step
		ShownBy     []string `yaml:"shownBy"`
	}
	Requirements []struct {
		ID, Kind, Text string
		ShownBy        []string `yaml:"shownBy"`
	}
	Mechanisms []struct {
		Quality, Name, How string
		ShownBy            []string `yaml:"shownBy"`
	}
}

// ReadOwner reads an owner's file: YAML as [OwnerSchema] describes it. It returns a record with what the file says. The error has a line
// for each fault, with the field and what to write.
func ReadOwner(r io.Reader) (Record, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Record{}, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var f ownerFile
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return Record{}, readable(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Record{}, errors.New("the file must be one YAML document")
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return Record{}, readable(err)
	}
	if err := errors.Join(append(misread(&document, ""), f.faults()...)...); err != nil {
		return Record{}, err
	}
	return f.record(), nil
}

// optionalLists may be left empty.
var optionalLists = []string{"transitions", "tasks", "processes", "requirements", "mechanisms"}

// misread returns the values in a node, of a field, that the decoder takes for others: a number or a truth value for a text, a text for a
// truth value, and nothing for an item, which it leaves out.
func misread(node *yaml.Node, field string) (faults []error) {
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("line %d: %s "+format, append([]any{node.Line, field}, args...)...))
	}
	switch tag := node.ShortTag(); {
	case node.Kind == yaml.AliasNode:
		return misread(node.Alias, field)
	case node.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			faults = append(faults, misread(node.Content[i+1], node.Content[i].Value)...)
		}
	case node.Kind != yaml.ScalarNode:
		for _, item := range node.Content {
			if item.ShortTag() == "!!null" && field != "" {
				fault("has an empty item")
			} else {
				faults = append(faults, misread(item, field)...)
			}
		}
	case field == "external" && tag != "!!bool":
		fault("must be true or false")
	case tag == "!!null" && field != "" && !slices.Contains(optionalLists, field):
		fault("must not be empty")
	case tag == "!!int" || tag == "!!float" || tag == "!!bool" && field != "external":
		fault("must be a text: put %s in quotes", node.Value)
	}
	return faults
}

var unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)

// readable says in words what the decoder found.
func readable(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n")
	text = strings.ReplaceAll(text, " into record.ownerFile", ": the file must have fields with values")
	text = unknownField.ReplaceAllString(text, `"$1" is not a field of an owner's file here`)
	var lines []error
	for line := range strings.Lines(text) {
		lines = append(lines, errors.New(strings.TrimSpace(line)))
	}
	return errors.Join(lines...)
}

var (
	reference = regexp.MustCompile(`^[A-Z]{2,10}-[1-9][0-9]*$`)
	plainName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	shownBy   = regexp.MustCompile(`^(make [a-z-]+|[\w/.-]+_test\.go:(Test|Benchmark|Example|Fuzz)\w+)$`)
)

// A checker collects faults.
type checker []error

func (c *checker) matches(field, value string, pattern *regexp.Regexp, such string) {
	if !pattern.MatchString(value) {
		*c = append(*c, fmt.Errorf("%s: must be like %s, got %q", field, such, value))
	}
}

func (c *checker) oneOf(field, value string, words []string) {
	if !slices.Contains(words, value) {
		*c = append(*c, fmt.Errorf("%s: must be one of %s, got %q", field, strings.Join(words, ", "), value))
	}
}

func (c *checker) given(field, value string) {
	if strings.TrimSpace(value) == "" {
		*c = append(*c, fmt.Errorf("%s: must not be empty", field))
	}
}

func (c *checker) day(field, value string) {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		*c = append(*c, fmt.Errorf("%s: must be a day like 2026-11-29, got %q", field, value))
	}
}

func (c *checker) shown(field string, by []string) {
	if len(by) == 0 {
		*c = append(*c, fmt.Errorf("%s.shownBy: must name a test, a benchmark or a target of make", field))
	}
	for _, test := range by {
		c.matches(field+".shownBy", test, shownBy, "cmd/proof/saga_test.go:TestSaga or make cluster")
	}
}

func (c *checker) unique(field, value string, seen map[string]bool) {
	if seen[value] {
		*c = append(*c, fmt.Errorf("%s: %q is there twice", field, value))
	}
	seen[value] = true
}

// faults returns what is wrong with the values.
func (f *ownerFile) faults() []error {
	c := new(checker)
	c.matches("reference", f.Reference, reference, "SVC-1")
	c.matches("name", f.Name, plainName, "course-registration")
	c.matches("categories.team", f.Categories.Team, plainName, "student-records")
	c.matches("categories.domain", f.Categories.Domain, plainName, "education")
	c.given("description", f.Description)
	c.given("licence", f.Licence)
	c.given("categories.layer", f.Categories.Layer)
	c.given("estimation.basis", f.Estimation.Basis)
	if len(f.Capabilities) == 0 {
		*c = append(*c, errors.New("capabilities: must name at least one capability of the business"))
	}
	c.oneOf("status", f.Status, States)
	c.oneOf("estimation.size", f.Estimation.Size, Sizes)
	last := ""
	for i, t := range f.Transitions {
		field := fmt.Sprintf("transitions[%d]", i)
		c.oneOf(field+".to", t.To, States)
		c.day(field+".on", t.On)
		if t.On < last {
			*c = append(*c, fmt.Errorf("%s.on: %s is before %s: put the transitions in the order of their days", field, t.On, last))
		}
		last = t.On
	}
	if len(f.Transitions) > 0 && !slices.ContainsFunc(f.Transitions, func(t Transition) bool { return t.To == f.Status }) {
		*c = append(*c, fmt.Errorf("transitions: none leads to the status %q", f.Status))
	}
	for i, t := range f.Tasks {
		c.given(fmt.Sprintf("tasks[%d].title", i), t.Title)
		if t.Due != "" {
			c.day(fmt.Sprintf("tasks[%d].due", i), t.Due)
		}
	}
	seen := make(map[string]bool)
	for i, p := range f.Processes {
		field := fmt.Sprintf("processes[%d]", i)
		c.matches(field+".name", p.Name, plainName, "paid-enrollment")
		c.unique("processes.name", p.Name, seen)
		c.given(field+".title", p.Title)
		for j, s := range p.Steps {
			step := fmt.Sprintf("%s.steps[%d]", field, j)
			c.given(step+".from", s.From)
			c.given(step+".to", s.To)
			c.given(step+".title", s.Title)
		}
		c.shown(field, p.ShownBy)
	}
	for i, r := range f.Requirements {
		field := fmt.Sprintf("requirements[%d]", i)
		c.matches(field+".id", r.ID, reference, "FR-1")
		c.unique("requirements.id", r.ID, seen)
		c.oneOf(field+".kind", r.Kind, Kinds)
		c.given(field+".text", r.Text)
		c.shown(field, r.ShownBy)
	}
	for i, m := range f.Mechanisms {
		field := fmt.Sprintf("mechanisms[%d]", i)
		c.oneOf(field+".quality", m.Quality, Kinds[1:])
		c.given(field+".name", m.Name)
		c.given(field+".how", m.How)
		c.shown(field, m.ShownBy)
	}
	return *c
}

// record returns what the file says.
func (f *ownerFile) record() Record {
	r := Record{Service: Service{
		Reference: f.Reference, Name: f.Name, Description: strings.TrimSpace(f.Description), Licence: f.Licence, Capabilities: f.Capabilities,
		Categories: Categories(f.Categories), External: f.External, Status: f.Status, Transitions: f.Transitions,
		Estimation: f.Estimation, Tasks: f.Tasks, Source: Owner,
	}}
	for _, p := range f.Processes {
		r.Processes = append(r.Processes, Process{p.Name, p.Title, p.Steps, p.ShownBy, Owner})
	}
	for _, q := range f.Requirements {
		r.Requirements = append(r.Requirements, Requirement{q.ID, q.Kind, q.Text, q.ShownBy, Owner})
	}
	for _, m := range f.Mechanisms {
		r.Mechanisms = append(r.Mechanisms, Mechanism{m.Quality, m.Name, m.How, m.ShownBy, Owner})
	}
	return r
}
