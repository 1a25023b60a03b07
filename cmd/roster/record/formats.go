package record

import (
	"io"
	"maps"
	"slices"
)

// Formats write a record. The same record gives the same text, which ends in a line break.
var Formats = map[string]func(io.Writer, Record) error{
	"backstage": Backstage,
	"cyclonedx": CycloneDX,
	"json":      JSON,
	"likec4":    LikeC4,
	"markdown":  Markdown,
}

// FormatNames returns the names of [Formats], in order.
func FormatNames() []string { return slices.Sorted(maps.Keys(Formats)) }
