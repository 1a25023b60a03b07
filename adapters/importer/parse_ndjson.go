package importer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// jsonRow is a line of NDJSON, with the names of the API or of the CSV columns.
type jsonRow struct {
	CourseID      string `json:"courseId"`
	LearnerID     string `json:"learnerId"`
	Action        string `json:"action"`
	CourseColumn  string `json:"course_id"`
	LearnerColumn string `json:"learner_id"`
}

// splitJSON returns the columns of an enrollment. It refuses broken text and never replaces it: two broken ids must not become
// the same id.
func splitJSON(line []byte) ([]string, error) {
	var r jsonRow
	if !utf8.Valid(line) || json.Unmarshal(line, &r) != nil {
		return nil, errors.New("is not a JSON object with the strings courseId, learnerId and action")
	}
	columns := []string{cmp.Or(r.CourseID, r.CourseColumn), cmp.Or(r.LearnerID, r.LearnerColumn), r.Action}
	for i, text := range columns {
		if strings.ContainsRune(text, utf8.RuneError) && bytes.Contains(line, []byte(`\u`)) {
			return nil, errors.New(`has a \u escape that is half of a surrogate pair`)
		}
		columns[i] = clip(text)
	}
	return columns, nil
}
