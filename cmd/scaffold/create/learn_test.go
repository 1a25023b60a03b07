package create

import (
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/learn/exercise"
)

// Parts have packages that the exercises and their page import.
func TestExercisesNeedAllParts(t *testing.T) {
	t.Parallel()
	c := New{Module: "example.com/team/booking", Learn: true, Without: []string{"importer"}}
	names, err := NamesOf(c.Module)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.transform(readTemplate(t), names, "v1.2.3"); err == nil || !strings.Contains(err.Error(), "need all parts") {
		t.Errorf("got %v", err)
	}
}

// The exercises of a service with --with-learn fit the service: names are replaced in patches as in the code.
func TestExercisesFitAService(t *testing.T) {
	t.Parallel()
	c := New{Module: "example.com/team/booking", Learn: true}
	names, err := NamesOf(c.Module)
	if err != nil {
		t.Fatal(err)
	}
	service, _, err := c.transform(readTemplate(t), names, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	fsys := make(fstest.MapFS)
	for name, text := range service {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	exercises, err := exercise.Load(fsys)
	if err != nil || len(exercises) == 0 {
		t.Fatal(exercises, err)
	}
	for _, e := range exercises {
		start, err := e.Start(fsys)
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		started := make(fstest.MapFS)
		for name, file := range fsys {
			started[name] = file
		}
		for name, text := range start {
			if started[name] = (&fstest.MapFile{Data: text}); text == nil {
				delete(started, name)
			}
		}
		p, err := e.Patch("solution.patch")
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
		} else if _, err := p.Apply(started); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}
