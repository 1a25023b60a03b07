package contract

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// Breaking returns what clients of the API that baseline describes can't do, or rely on, with the one that spec describes.
func Breaking(baseline, spec []byte) ([]string, error) {
	before, err := parse(baseline, "baseline.yaml")
	if err != nil {
		return nil, err
	}
	now, err := parse(spec, "openapi.yaml")
	if err != nil {
		return nil, err
	}
	changes, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), before, now)
	if err != nil {
		return nil, err
	}
	var breaks []string
	for _, c := range checker.CheckBackwardCompatibility(checker.NewConfig(checker.GetAllChecks()), changes, sources) {
		if c.GetLevel() == checker.ERR {
			text := c.GetUncolorizedText(checker.NewDefaultLocalizer())
			breaks = append(breaks, fmt.Sprintf("%s %s: %s (%s)", c.GetOperation(), c.GetPath(), text, c.GetId()))
		}
	}
	return breaks, nil
}

func parse(text []byte, name string) (*load.SpecInfo, error) {
	info, err := load.NewSpecInfoFromData(openapi3.NewLoader(), text, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return info, nil
}
