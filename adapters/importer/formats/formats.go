// Package formats has a mapping file for each system whose files are imported. All names in it belong to those systems, so a copy of
// the service keeps the folder byte for byte.
package formats

import "embed"

// Files are the mapping files, each named after its format.
//
//go:embed *.yaml
var Files embed.FS

// Conditions are the names that the mapping files use for the two conditions on which a row does one action or the other.
var Conditions = []string{"enroll-if", "withdraw-if"}

// Columns are the names that the mapping files use for the columns of an import, in the order of the import.
var Columns = []string{"course_id", "learner_id", "action"}
