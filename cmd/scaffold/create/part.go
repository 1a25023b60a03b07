package create

import (
	"embed"
	"io/fs"
)

// Parts are what a service can leave out, in the order of removal.
var Parts = []string{"postgres", "nats", "partner", "oidc", "telemetry", "importer", "schedule", "unversioned", "deploy", "record"}

// needs are the parts without which a part is left out, too.
var needs = map[string][]string{"deploy": {"postgres", "nats", "oidc"}}

// A part is a file of edits that remove it from the template, and a folder of files that replace what was removed: see [filetree.Tree.Apply].
//
//go:embed all:parts
var embedded embed.FS

var parts, _ = fs.Sub(embedded, "parts") // the folder exists
