package importer_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"example.com/roster/adapters/importer"
)

// The text of a cell never becomes a row.
func TestQuotedLineEnds(t *testing.T) {
	t.Parallel()
	const begin = "course_id,learner_id,note\ngo,ada,"
	const text, end = "go,mallory,\n", "go,\"bob\",ok\n"
	for name, c := range map[string]struct {
		file   string
		want   []string
		reject string
	}{
		"quoted":                {begin + "\"call me\n" + text + "thanks\"\n" + end, []string{"+go ada", "+go bob"}, ""},
		"doubled quotes":        {begin + "\"call \"\"me\"\"\n\"\"" + text + "\"\"thanks\"\n" + end, []string{"+go ada", "+go bob"}, ""},
		"CRLF":                  {begin + "\"\r\n" + text + "\"\r\n" + end, []string{"+go ada", "+go bob"}, ""},
		"blank lines":           {begin + "\"\n\n\n" + text + "\n\"\n" + end, []string{"+go ada", "+go bob"}, ""},
		"never closed":          {begin + "\"call me\n" + text + "go,bob,ok\n", nil, "line 2: the row in lines 2 to 4, from a quote that is never closed to the end of the file, has wrong quotes"},
		"closed by a later one": {begin + "\"call me\n" + text + end + "go,eve,ok\n", []string{"+go eve"}, "line 2: the row in lines 2 to 4 has wrong quotes"},
		"quotes not doubled":    {begin + "\"say \"hi\" to,\n" + text + "\"\n" + end + "go,eve,ok\n", []string{"+go eve"}, "line 2: the row in lines 2 to 5 has wrong quotes"},
		"text after a quote":    {begin + "\"a\" b,\"\n" + text + "\"\n" + end + "go,eve,ok\n", []string{"+go eve"}, "line 2: the row in lines 2 to 5 has wrong quotes"},
		"two cells, one open":   {begin + "\"a\"b,\"\ngo,l1,\"\n" + text + "\"\n" + "go,eve,ok\n", nil, "line 2: the row in lines 2 to 6, from a quote that is never closed to the end of the file, has wrong quotes"},
		"a CR after a quote":    {begin + "\"a\"\r,\n" + text + "\"\n" + end + "go,eve,ok\n", []string{"+go eve"}, "line 2: the row in lines 2 to 5 has wrong quotes"},
		"blanks before":         {begin + "  \"call me\n" + text + "\"\n" + end, []string{"+go bob"}, "line 2: the row in lines 2 to 4 has wrong quotes"},
		"a quote in the cell":   {begin + "5\" wide\n" + end, []string{"+go bob"}, "line 2: the line has wrong quotes: a cell that does not begin with a quote has one in it; put quotes around"},
		"too long":              {begin + "\"" + strings.Repeat(text, 10_000) + "\"\n" + end, []string{"+go bob"}, `line 2: the row in lines 2 to 10002 is longer than 65536 bytes: "go,ada,`},
		"too long and open":     {begin + "\"" + strings.Repeat(text, 10_000), nil, "line 2: the row in lines 2 to 10001, from a quote that is never closed to the end of the file, is longer than 65536 bytes"},
		"too long, one line":    {begin + "\"" + strings.Repeat("x", 200_000) + "\n" + text + "\"\n" + end, []string{"+go bob"}, "line 2: the row in lines 2 to 4 is longer than 65536 bytes"},
		"semicolons":            {strings.ReplaceAll(begin+"\"a\n"+text+"\"\n"+end, ",", ";"), []string{"+go ada", "+go bob"}, ""},
		"in the header":         {"course_id,learner_id,\"note\nor " + text + "\"\n" + end, []string{"+go bob"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := record(t, c.file, importer.Options{})
			rejects := strings.Join(s.First, "\n")
			if !slices.Equal(r.actions, c.want) || !strings.HasPrefix(rejects, c.reject) || strings.Count(rejects, "\n") > 0 || s.Rejected > 1 {
				t.Errorf("got %q, %q", r.actions, s.First)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	const text = header + "go,zoë,enroll\ngo,\"ada – 1\",\n"
	want := []string{"+go zoë", "+go ada – 1"}
	encode := func(e interface{ Bytes([]byte) ([]byte, error) }) string {
		encoded, err := e.Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
	little := encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder())
	big := encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder())
	western := encode(charmap.Windows1252.NewEncoder())
	keys := map[string]string{}
	for name, c := range map[string]struct{ file, encoding string }{
		"UTF-8": {text, ""}, "UTF-8 with a mark": {"\ufeff" + text, ""}, "UTF-8, named": {text, "utf-8"},
		"UTF-16LE": {little, ""}, "UTF-16LE with a mark": {"\xff\xfe" + little, ""}, "UTF-16LE, named": {"\xff\xfe" + little, "UTF-16"},
		"UTF-16BE": {big, ""}, "UTF-16BE with a mark": {"\xfe\xff" + big, ""}, "windows-1252": {western, "windows-1252"},
	} {
		m := importer.Mapping{Encoding: c.encoding}
		r := new(recorder)
		s, err := importer.Run(t.Context(), r, by, iotest.OneByteReader(strings.NewReader(c.file)), importer.Options{Mapping: m})
		if err != nil || !slices.Equal(r.actions, want) {
			t.Errorf("%s: got %q, %v %q", name, r.actions, err, s.First)
			continue
		}
		if other := keys[r.keys[0]]; other != "" {
			t.Errorf("%s and %s have the same key", name, other)
		}
		keys[r.keys[0]] = name
	}
	r, s := record(t, western, importer.Options{})
	if !slices.Equal(r.actions, []string(nil)) || s.Rejected != 2 || !strings.Contains(s.First[0], `if the file is windows-1252, save it as "CSV UTF-8", or pass --encoding windows-1252`) {
		t.Errorf("windows-1252, not named: got %q, %q", r.actions, s.First)
	}
	r, s = record(t, strings.Replace(little, "z\x00", "\x00\xd8", 1), importer.Options{})
	if !slices.Equal(r.actions, want[1:]) || !strings.Contains(s.First[0], "has a learner_id that is not utf-16le") {
		t.Errorf("half of a surrogate pair: got %q, %q", r.actions, s.First)
	}
	for _, c := range []struct{ file, encoding string }{{text, "utf-16"}, {"\ufeff" + text, "windows-1252"}, {"\ufeff" + text, "utf-16"}, {little, "windows-1252"}} {
		says := refused(t, c.file, importer.Options{Mapping: importer.Mapping{Encoding: c.encoding}})
		if !strings.Contains(says, "encoding is "+c.encoding+", but the file is something else; leave the option out") {
			t.Error(says)
		}
	}
}

func TestDelimiters(t *testing.T) {
	t.Parallel()
	text := header + "go,ada,\n\"g,o\",bob,withdraw\n"
	want := []string{"+go ada", "-g,o bob"}
	for _, delimiter := range []string{",", ";", "\t", "|"} {
		file := strings.ReplaceAll(strings.ReplaceAll(text, ",", delimiter), "g"+delimiter+"o", "g,o")
		for _, begin := range []string{"", "sep=" + delimiter + "\r\n", "\ufeffSEP=" + delimiter + "\n"} {
			if r, s := record(t, begin+file, importer.Options{}); !slices.Equal(r.actions, want) {
				t.Errorf("%q: got %q, %q", begin+file, r.actions, s.First)
			}
		}
		if r, _ := record(t, file, importer.Options{Mapping: importer.Mapping{Delimiter: delimiter}}); !slices.Equal(r.actions, want) {
			t.Errorf("%q, given: got %q", delimiter, r.actions)
		}
	}
	if r, _ := record(t, strings.ReplaceAll(header+"go,ada,\n", ",", ":"), importer.Options{Mapping: importer.Mapping{Delimiter: ":"}}); !slices.Equal(r.actions, want[:1]) {
		t.Errorf("colon: got %q", r.actions)
	}
	if r, _ := record(t, "sep=:\n"+strings.ReplaceAll(header+"go,ada,\n", ",", ":"), importer.Options{}); !slices.Equal(r.actions, want[:1]) {
		t.Errorf("sep=: got %q", r.actions)
	}
	if says := refused(t, strings.ReplaceAll(text, ",", ";"), importer.Options{Mapping: importer.Mapping{Delimiter: ","}}); !strings.HasSuffix(says, "; its delimiter is ';': leave --delimiter out") {
		t.Error(says)
	}
}

func TestFilesWithoutRowsAsText(t *testing.T) {
	t.Parallel()
	for begin, want := range map[string]string{
		"PK\x03\x04\x14\x00": `file is an Excel workbook or another ZIP file; open it, and save the sheet as "CSV UTF-8"`,
		"\xd0\xcf\x11\xe0":   "file is an Excel workbook; open it",
		"<!DOCTYPE html>":    "file is a web page, perhaps one that asks to log in",
		" \n<html lang=en>":  "file is a web page",
		"\ufeff\n<html>":     "file is a web page",
		"<?xml version":      "file is XML",
		"%PDF-1.7":           "file is a PDF",
		"\x1f\x8b\x08":       "file is compressed",
		"{\"a\":1}\n":        "for JSON, one object a line, pass --format ndjson",
		"a,b\rgo,ada\r":      "its lines end with CR alone: save it with LF or CRLF",
	} {
		if says := refused(t, begin+strings.Repeat("\x00\x01x", 50), importer.Options{}); !strings.Contains(says, want) {
			t.Errorf("%q: got %s", begin, says)
		}
	}
}

// The first line of a file may be too long because it is the whole file.
func TestFirstLineThatIsTooLong(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("name of a column,", 10)
	old := strings.Repeat("go,ada,x,x,x,x,x,x,x,x,x,x\r", 10_000)
	long := strings.Repeat("x", 100_000) + "\n"
	noHeader := importer.Mapping{NoHeader: true}
	for _, c := range []struct {
		text, want string
		m          importer.Mapping
	}{
		{wide + "course_id,learner_id\r" + old, "file must have LF or CRLF between its lines: they end with CR alone", importer.Mapping{}},
		{old, "file must have LF or CRLF between its lines: they end with CR alone", noHeader},
		{"course_id,learner_id," + long, "header must have at most 65536 bytes, got \"course_id,", importer.Mapping{}},
		{"course_id,\"\r\n\"," + long, "header must have at most 65536 bytes", importer.Mapping{}},
		{"go,ada," + long, "first row must have at most 65536 bytes, got \"go,ada,", noHeader},
	} {
		if says := refused(t, c.text, importer.Options{Mapping: c.m}); !strings.HasPrefix(says, c.want) || len(says) > 300 {
			t.Errorf("got %.300s, want %s", says, c.want)
		}
	}
}

// A column that is not read stops the run if it may decide what a row means, and else is named in the summary.
func TestColumnsThatAreNotRead(t *testing.T) {
	t.Parallel()
	course, learner, action := "course_id", "learner_id", "action"
	stem := func(column string) string { return strings.TrimSuffix(column, "_id") }
	swapped := func(name string) string { // the first two letters that differ: a copy has other words
		i := 1
		for name[i] == name[i+1] {
			i++
		}
		return name[:i] + name[i+1:i+2] + name[i:i+1] + name[i+2:]
	}
	for _, name := range []string{
		"status", "Status", " STATE", "role", "type", "operation", "operations", "opreation", "statuss", "roles", "booking_status", "userRole", "Row Type",
		stem(course), stem(learner), strings.ToUpper(stem(course)), swapped(action), action[:2] + action[3:], action + "s", swapped(course), course + "1",
		swapped(learner), strings.ReplaceAll(learner, "_", ""), strings.ReplaceAll(course, "_", " ") + "s",
	} {
		file := fmt.Sprintf("%s,%s,%s\ngo,ada,withdraw\n", course, learner, name)
		trimmed := strings.TrimSpace(name)
		if says := refused(t, file, importer.Options{}); !strings.Contains(says, trimmed) || !strings.Contains(says, "--ignore-column ") {
			t.Errorf("%s: %s", name, says)
		}
		r, s := record(t, file, importer.Options{Mapping: importer.Mapping{IgnoreColumns: []string{strings.ToLower(name)}}})
		if !slices.Equal(r.actions, []string{"+go ada"}) || len(s.IgnoredColumns) > 0 {
			t.Errorf("%s, ignored: got %q, %s", name, r.actions, s)
		}
		r, _ = record(t, file, importer.Options{Mapping: importer.Mapping{Only: parsed(t, trimmed+"=withdraw")}})
		if !slices.Equal(r.actions, []string{"+go ada"}) {
			t.Errorf("%s, in a condition: got %q", name, r.actions)
		}
		object := fmt.Sprintf(`{%q:"go",%q:"ada",%q:"withdraw"}`, course, learner, trimmed)
		r, s = record(t, object+"\n"+`{"course_id":"go","learner_id":"bob"}`, importer.Options{NDJSON: true})
		says := "has a field that may not be ignored: \"" + trimmed
		if json := "learnerId"; strings.EqualFold(trimmed, json) {
			says = "has " + json + " and learner_id, which differ"
		}
		if !slices.Equal(r.actions, []string{"+go bob"}) || s.Rejected != 1 || !strings.Contains(s.First[0], says) {
			t.Errorf("%s: got %q, %q", object, r.actions, s.First)
		}
	}
	const harmless = "note,e-mail,grade,name,date,stateless,roller,auction house,"
	file := fmt.Sprintf("%s,%s,%s\ngo,ada,1,2,3,4,5,6,7,8,\n", course, learner, harmless)
	want := []string{"auction house", "date", "e-mail", "grade", "name", "note", "roller", "stateless"}
	if _, s := record(t, file, importer.Options{}); !slices.Equal(s.IgnoredColumns, want) || !strings.HasSuffix(s.String(), "; columns without meaning here: "+strings.Join(want, ", ")) {
		t.Errorf("got %s", s)
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "{\"course_id\":\"go\",\"learner_id\":\"a\",\"x%03d\":[]}\n", i)
	}
	if _, s := record(t, many.String(), importer.Options{NDJSON: true}); len(s.IgnoredColumns) != 20 || s.IgnoredColumns[19] != "x019" || s.Rejected > 0 {
		t.Errorf("got %s", s)
	}
}

// The flag that a message advises is read as it stands, also if the name of a column has a comma.
func TestAdvisedMapOfANameWithAComma(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\"course_id, new\",learner_id\n":          `such as --map '"course_id=course_id, new"'; not needed`,
		"course_id,learner_id,\"action,\"\n":       `pass --map '"action=action,"' or --ignore-column action,`,
		"\"the \"\"course\"\", new\",learner_id\n": `such as --map '"course_id=the ""course"", new"'; not needed`,
		"course_id;learner_id;an action\n":         `pass --map action='an action' or --ignore-column 'an action'`,
	} {
		if says := refused(t, text, importer.Options{}); !strings.Contains(says, want) {
			t.Errorf("got %s, want %s", says, want)
		}
	}
}

// Files for courses have other columns.
func TestCourseColumns(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	for _, text := range []string{"course_id;title;capacity;waitlist;open\nx-1;\"X\n1\";3;;False\n", "course_id;title;capacity;open\nx-1;X 1;3;0\n"} {
		if s, err := importer.Courses(t.Context(), c, by, strings.NewReader(text), importer.Options{}); err != nil || s.Rows != 1 {
			t.Errorf("%s, %v", s, err)
		}
	}
	if got, err := c.Course(t.Context(), by, "x-1"); err != nil || got.Open || got.Title != "X 1" {
		t.Errorf("%+v, %v; want a closed course", got, err)
	}
	for _, name := range []string{"opne", "capacitiy", "state"} {
		if _, err := importer.Courses(t.Context(), c, by, strings.NewReader("course_id,title,capacity,"+name+"\nx-2,X,3,false\n"), importer.Options{}); err == nil {
			t.Errorf("%s was ignored", name)
		}
	}
}

func TestBlankRowsAndWhiteSpace(t *testing.T) {
	t.Parallel()
	text := header + ",,\n ,\t,\u00a0\ngo, ada,Enroll\n\ngo,ada ,WITHDRAW\n\"\",\"\",\n\u00a0go,\"  bob\t\", enroll,,\n   \ngo,a da,\n"
	r, s := record(t, text, importer.Options{})
	if want := []string{"+go ada", "-go ada", "+go bob", "+go a da"}; !slices.Equal(r.actions, want) || s.Skipped != 4 || s.Trimmed != 3 || s.Rejected > 0 {
		t.Errorf("got %q, %s, %q", r.actions, s, s.First)
	}
	if !strings.HasSuffix(s.String(), "; 4 skipped (4 blank); white space removed in 3 rows") {
		t.Errorf("%s", s)
	}
	r, s = record(t, "\n \t\n"+`{"courseId":" go","learnerId":"ada\n"}`+" \r\n", importer.Options{NDJSON: true})
	if !slices.Equal(r.actions, []string{"+go ada"}) || s.Trimmed != 1 || s.Skipped != 1 {
		t.Errorf("got %q, %s", r.actions, s)
	}
}

// What list prints can be imported: learners who have left stay as they are.
func TestOwnLines(t *testing.T) {
	t.Parallel()
	const columns = "course_id,learner_id,status,position,sequence,since,enrollment_id\n"
	rows := columns + "go,'=ada,enrolled,0,3,2026-11-01T08:00:00Z,e-1\ngo,bob,waitlisted,1,4,2026-11-01T08:00:00Z,e-2\ngo,eve,withdrawn,0,5,2026-11-01T08:00:00Z,e-3\n"
	names := []string{"courseId", "learnerId", "status", "position", "sequence", "since", "enrollmentId"}
	object := func(learner, status string) string {
		return fmt.Sprintf(`{"%s":"go","%s":"%s","%s":"%s","%s":0,"%s":3,"%s":"2026-11-01T08:00:00Z","%s":"e"}`+"\n",
			names[0], names[1], learner, names[2], status, names[3], names[4], names[5], names[6])
	}
	objects := object("=ada", "enrolled") + object("bob", "waitlisted") + object("eve", "withdrawn")
	for _, c := range []struct {
		text   string
		ndjson bool
	}{{rows, false}, {objects, true}} {
		r, s := record(t, c.text, importer.Options{NDJSON: c.ndjson})
		if want := []string{"+go =ada", "+go bob"}; !slices.Equal(r.actions, want) || s.Skipped != 1 || s.Rejected > 0 || len(s.IgnoredColumns) > 0 {
			t.Errorf("got %q, %s, %q", r.actions, s, s.First)
		}
		if strings.HasPrefix(r.keys[0], "import-1-") {
			t.Errorf("key %s: version 1 enrolled all", r.keys[0])
		}
	}
	r, s := record(t, object("ada", "deleted"), importer.Options{NDJSON: true})
	if len(r.actions) > 0 || s.Rejected != 1 || !strings.Contains(s.First[0], `status must be enrolled, waitlisted or withdrawn, got "deleted"`) {
		t.Errorf("got %q, %q", r.actions, s.First)
	}
}

func TestFieldsThatAreNoText(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"7": "learnerId is 7", "true": "learnerId is true", `{"id":"a"}`: "learnerId is an object or a list", `["a"]`: "learnerId is an object or a list",
	} {
		_, s := record(t, `{"courseId":"go","learnerId":`+value+"}", importer.Options{NDJSON: true})
		if s.Rejected != 1 || !strings.Contains(s.First[0], "is not a JSON object with the strings courseId, learnerId and action; "+want) {
			t.Errorf("%s: %q", value, s.First)
		}
	}
	_, s := record(t, fmt.Sprintf(`{"courseId":"go","learnerId":"a",%q:"b"}`, strings.ToUpper("courseId")), importer.Options{NDJSON: true})
	if s.Rejected != 1 || !strings.Contains(s.First[0], "has courseId twice") {
		t.Errorf("%q", s.First)
	}
}

// A field that an object has twice is noticed, however many others are used.
func TestFieldTwiceOfMany(t *testing.T) {
	t.Parallel()
	const fields = 70
	var conditions []string
	object := `{"courseId":"go","learnerId":"ada"`
	for i := range fields {
		conditions = append(conditions, fmt.Sprintf("f%d=x", i))
		object += fmt.Sprintf(`,"f%d":"x"`, i)
	}
	o := importer.Options{NDJSON: true, Mapping: importer.Mapping{Only: parsed(t, conditions...)}}
	_, s := record(t, object+"}\n"+object+`,"f69":"x"}`, o)
	if s.Rejected != 1 || !strings.Contains(s.First[0], "has f69 twice") {
		t.Errorf("%q", s.First)
	}
}

// A run of an earlier version can be resumed, unless the file means something else by now.
func TestVersionOfKeys(t *testing.T) {
	t.Parallel()
	plain := strings.Repeat("go,ada,\n", 1000)
	objects := strings.Repeat(`{"courseId":"go","learnerId":"ada"}`+"\n", 1000)
	for row, want := range map[string]string{
		`{"courseId":"go","learnerId":"bob","x":1}`:                "1",
		`{"courseId":"go","learnerId":"bob","status":"withdrawn"}`: "2",
	} {
		if r, _ := record(t, objects+row+"\n"+objects, importer.Options{NDJSON: true}); !strings.HasPrefix(r.keys[1], "import-"+want+"-ndjson-") {
			t.Errorf("%s: key %s, want version %s", row, r.keys[1], want)
		}
	}
	for name, c := range map[string]struct{ row, want string }{
		"plain":            {"go,bob,enroll\n", "1"},
		"a blank line":     {"\ngo,bob,\n", "1"},
		"a line of blanks": {" \t\r\ngo,bob,\n", "1"},
		"invalid in both":  {"go,bob\n", "1"},
		"white space":      {"go,bob ,\n", "2"},
		"a blank row":      {",,\n", "2"},
		"a line end":       {"go,bob,\"\n\"\n", "2"},
		"an action's case": {"go,bob,Enroll\n", "2"},
		"a new kind of id": {"CS 115 (A),bob,\n", "2"},
		"cells beyond":     {"go,bob,,\n", "2"},
	} {
		r, _ := record(t, header+plain+c.row+plain, importer.Options{})
		if len(r.keys) < 1 || !strings.HasPrefix(r.keys[0], "import-1-csv-") {
			t.Errorf("%s: %q", name, r.keys)
			continue
		}
		for _, key := range r.keys[1:] {
			if !strings.HasPrefix(key, "import-"+c.want+"-csv-") {
				t.Errorf("%s: key %s, want version %s", name, key, c.want)
			}
		}
	}
}

// The memory of a record is limited, however long it is. Not parallel: it measures the heap of the process.
func TestUnclosedQuoteIsNotHeldInMemory(t *testing.T) {
	most := uint64(0)
	in := &atEnd{bytes.NewReader(append([]byte(header+"go,\""), bytes.Repeat([]byte("x,y\n"), 8<<20)...)), func() { most = max(most, live()) }}
	before := live()
	r := new(recorder)
	s, err := importer.Run(t.Context(), r, by, in, importer.Options{})
	if grown := most - min(before, most); err != nil || s.Rejected != 1 || most == 0 || grown > 2<<20 {
		t.Errorf("%s, %v, %d bytes more", s, err, grown)
	}
}
