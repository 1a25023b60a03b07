package importer_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/roster/adapters/importer"
)

// For any bytes: no panic, every row is counted, no chunk fails because of its rows, the rejects are valid CSV with one line
// each, and importing the rejects turns no invalid row into another command.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"", header, many(30), "\ufeff" + many(3), "course_id,learner_id\r\nwait-1,\"a\"\"b\"\r\n", header + "wait-1,\x00,enroll\n",
		header + "wait-1,\xff\n\"", `{"courseId":"wait-1","learnerId":"a\nb"}`, "{\"courseId\":\"\xff\"}\n[]\nnull\n7",
		"course_id,learner_id,x\nwait-1," + strings.Repeat("y", 70_000) + ",\nwait-1,é,\r",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, file []byte, ndjson bool) {
		s, rejects, err := run(t, stateless{}, string(file), importer.Options{NDJSON: ndjson})
		if err != nil && s.Rows > 0 {
			t.Fatal(err)
		}
		checkSums(t, s)
		if err != nil {
			return
		}
		all, err := csv.NewReader(strings.NewReader(rejects)).ReadAll()
		if err != nil || len(all) != s.Rejected || strings.Count(rejects, "\n") != s.Rejected || !utf8.ValidString(rejects) {
			t.Fatalf("%d rejects of %d: %v\n%q", len(all), s.Rejected, err, rejects)
		}
		again, _, err := run(t, stateless{}, "course_id,learner_id,action,row,code,detail\n"+rejects, importer.Options{})
		if err != nil || again.Rows != s.Rejected || again.Outcomes["invalid_row"] != s.Outcomes["invalid_row"] {
			t.Fatalf("rejects %+v became %+v, %v\n%q", s, again, err, rejects)
		}
	})
}
