package record

import (
	"maps"
	"slices"
)

// Formats return a record as text. The same record gives the same text, which ends in a line break.
var Formats = map[string]func(Record) (string, error){
	"backstage": Backstage,
	"cyclonedx": CycloneDX,
	"json":      JSON,
	"likec4":    LikeC4,
	"markdown":  Markdown,
	"schema":    func(Record) (string, error) { return string(Schema), nil }, // of "json"
}

// FormatNames returns the names of [Formats], in order.
func FormatNames() []string { return slices.Sorted(maps.Keys(Formats)) }
