package contract

import (
	"fmt"
	"path"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// Breaking returns the changes from the API of baseline to the API of spec that break a client.
func Breaking(baseline, spec []byte) ([]string, error) {
	old, err := parse(baseline, "baseline.yaml")
	if err != nil {
		return nil, err
	}
	current, err := parse(spec, "openapi.yaml")
	if err != nil {
		return nil, err
	}
	changes, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), old, current)
	if err != nil {
		return nil, err
	}
	var breaks []string
	for _, c := range checker.CheckBackwardCompatibility(checker.NewConfig(checker.GetAllChecks()), changes, sources) {
		if c.GetLevel() == checker.ERR && !addsCode(c) {
			text := c.GetUncolorizedText(checker.NewDefaultLocalizer())
			breaks = append(breaks, fmt.Sprintf("%s %s: %s (%s)", c.GetOperation(), c.GetPath(), text, c.GetId()))
		}
	}
	return breaks, nil
}

// addsCode reports whether a change adds a code of problems, which docs/versioning.md allows at any time.
func addsCode(c checker.Change) bool {
	args := c.GetArgs()
	if c.GetId() != checker.ResponsePropertyEnumValueAddedId || len(args) < 2 {
		return false
	}
	name := path.Base(fmt.Sprint(args[1]))
	return name == "code" || name == "reason"
}

func parse(text []byte, name string) (*load.SpecInfo, error) {
	info, err := load.NewSpecInfoFromData(openapi3.NewLoader(), text, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return info, nil
}
