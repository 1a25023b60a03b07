package record

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
)

// SchemaID names the schema of [Record.JSON].
const SchemaID = "https://example.com/roster/record/v1.schema.json"

// Formats write a record.
var Formats = map[string]func(io.Writer, Record) error{"json": JSON, "markdown": Markdown}

// FormatNames returns the names of [Formats], in order.
func FormatNames() []string { return slices.Sorted(maps.Keys(Formats)) }

// JSON writes the record as JSON.
func JSON(w io.Writer, r Record) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
