// Package formats has a mapping file for each system whose files are imported. The columns and values in it belong to those systems.
package formats

import "embed"

// Files are the mapping files, each named after its format.
//
//go:embed *.yaml
var Files embed.FS
