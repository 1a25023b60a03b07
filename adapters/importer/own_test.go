package importer_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	ownHeader     = "course_id,learner_id,status,position,sequence,since,enrollment_id\n"
	rejectsHeader = "course_id,learner_id,action,row,code,detail\n"
)

func ownRow(learner string, status domain.Status) string {
	return fmt.Sprintf("go,%s,%s,0,3,2026-11-01T08:00:00Z,e-1\n", learner, status)
}

func ownLine(learner string, status domain.Status) string {
	return fmt.Sprintf(`{"courseId":"go","learnerId":%q,"enrollmentId":"e-1","status":%q,"position":0,"sequence":3,"since":"2026-11-01T08:00:00Z"}`+"\n", learner, status)
}

// What list prints has one meaning: a mapping must not read an id otherwise, or enroll those who have left.
func TestOwnFilesHaveNoMapping(t *testing.T) {
	t.Parallel()
	rows := ownRow("'=a", "enrolled") + ownRow("'-b", "waitlisted") + ownRow("cyd", "withdrawn")
	lines := ownLine("=a", "enrolled") + ownLine("-b", "waitlisted") + ownLine("cyd", "withdrawn")
	for name, m := range map[string]importer.Mapping{
		"enroll-if": {EnrollIf: parsed(t, "status=enrolled|waitlisted")}, "withdraw-if": {WithdrawIf: parsed(t, "status=withdrawn")},
		"only": {Only: parsed(t, "status=enrolled")}, "map": {Map: parsed(t, "learner_id=learner_id")}, "comment": {Comment: "g"},
		"ignored": {IgnoreColumns: []string{"Status"}}, "case": {IgnoreCase: true}, "format": format(t, "canvas"),
	} {
		if says := refused(t, ownHeader+rows, importer.Options{Mapping: m}); !strings.Contains(says, "file is what roster list prints: import it without a format, mapping or conditions") {
			t.Errorf("%s: %s", name, says)
		}
		if m.Comment != "" {
			continue
		}
		if r, s := record(t, lines, importer.Options{Mapping: m, NDJSON: true}); len(r.actions) > 0 || s.Rejected != 3 || !strings.Contains(s.First[0], "is what roster list prints") {
			t.Errorf("%s: got %q, %q", name, r.actions, s.First)
		}
	}
	for name, m := range map[string]importer.Mapping{
		"delimiter": {Delimiter: ","}, "encoding": {Encoding: "utf-8"}, "ignored": {IgnoreColumns: []string{"grade"}},
	} {
		r, s := record(t, ownHeader+rows, importer.Options{Mapping: m})
		if !slices.Equal(r.actions, []string{"+go =a", "+go -b"}) || s.Skipped != 1 || s.Rejected > 0 {
			t.Errorf("%s: got %q, %s %q", name, r.actions, s, s.First)
		}
		if _, s = record(t, ownHeader+ownRow("cyd", "withdrawn"), importer.Options{Mapping: m}); s.Skipped != 1 {
			t.Errorf("%s, all have left: %s", name, s)
		}
		if m.Delimiter == "" {
			if r, s = record(t, lines, importer.Options{Mapping: m, NDJSON: true}); !slices.Equal(r.actions, []string{"+go =a", "+go -b"}) || s.Skipped != 1 {
				t.Errorf("%s: got %q, %q", name, r.actions, s.First)
			}
		}
	}
}

// The apostrophes of a rejects file are removed whatever the flags are.
func TestRejectsWithAMapping(t *testing.T) {
	t.Parallel()
	text := rejectsHeader + "go,'=a,,2,course_full,\ngo,'-b,withdraw ,3,not_enrolled,\n"
	for name, c := range map[string]struct {
		m    importer.Mapping
		want []string
	}{
		"map":       {importer.Mapping{Map: parsed(t, "learner_id=learner_id")}, []string{"+go =a", "-go -b"}},
		"only":      {importer.Mapping{Only: parsed(t, "code=course_full")}, []string{"+go =a"}},
		"delimiter": {importer.Mapping{Delimiter: ","}, []string{"+go =a", "-go -b"}},
	} {
		if r, s := record(t, text, importer.Options{Mapping: c.m}); !slices.Equal(r.actions, c.want) {
			t.Errorf("%s: got %q, %q", name, r.actions, s.First)
		}
	}
	numbers := append(parsed(t, "course_id=1"), parsed(t, "learner_id=2")...)
	for _, text := range []string{text, ownHeader + ownRow("'=a", "enrolled"), strings.ReplaceAll(rejectsHeader, ",", ";")} {
		for _, m := range []importer.Mapping{{NoHeader: true}, {NoHeader: true, Map: numbers}} {
			if says := refused(t, text, importer.Options{Mapping: m}); !strings.Contains(says, "no-header has no meaning for what roster list prints, or a file of rejects") {
				t.Errorf("%q: %s", text, says)
			}
		}
	}
}

// An id that was stored with white space is another one than without: it never becomes that of another learner.
func TestOwnIDsKeepTheirWhiteSpace(t *testing.T) {
	t.Parallel()
	for _, learner := range []string{"ada ", " ada", "ada\u00a0", " "} {
		for text, ndjson := range map[string]bool{
			ownHeader + ownRow(learner, "enrolled"): false, ownLine(learner, "enrolled"): true, rejectsHeader + "go," + learner + ",,2,x,\n": false,
			strings.ReplaceAll(ownHeader+ownRow(`"`+learner+`"`, "enrolled"), ",", ";"): false,
		} {
			r, s := record(t, text, importer.Options{NDJSON: ndjson})
			if len(r.actions) > 0 || s.Trimmed > 0 || s.Outcomes["invalid_row"] != 1 || !strings.Contains(s.First[0], fmt.Sprintf("learnerId must not begin or end with white space, got %q", learner)) {
				t.Errorf("%q: got %q, %s, %q", text, r.actions, s, s.First)
			}
		}
	}
	// Version 1 enrolled "ada ".
	if r, _ := record(t, rejectsHeader+"go,bob,,2,x,\ngo,ada ,,2,x,\n", importer.Options{}); !slices.Equal(r.actions, []string{"+go bob"}) || !strings.HasPrefix(r.keys[0], "import-2-csv-") {
		t.Errorf("got %q, keys %q", r.actions, r.keys)
	}
	r, s := record(t, ownHeader+",,,,,,\n  \n"+ownRow("ada", "enrolled")+",,,,,, ,\n", importer.Options{})
	if !slices.Equal(r.actions, []string{"+go ada"}) || s.Skipped != 3 || s.Rejected > 0 {
		t.Errorf("got %q, %s, %q", r.actions, s, s.First)
	}
}

// Names that decide stop a file, in whatever style they are written. Many others have similar words, and do not.
func TestNamesThatDecide(t *testing.T) {
	t.Parallel()
	course := func(name string) error {
		_, err := importer.Courses(t.Context(), newCore(t), by, strings.NewReader("course_id,title,capacity,"+name+"\nx-2,X,3,false\n"), importer.Options{})
		return err
	}
	for _, name := range []string{
		"enrollment_action", "enrollmentAction", "op", "ops", "user_action", "action_code", "Action Code", "verb", "drop", "drop_date", "suspended", "cancelled",
		"canceled", "deletedAt", "deleted_at", "is_deleted", "removed on", "status_code", "enabled", "accountEnabled", "is-disabled", "isActive", "TYPE_CODE",
	} {
		if says := refused(t, "course_id,learner_id,"+name+"\ngo,ada,withdraw\n", importer.Options{}); !strings.Contains(says, "has a column that may not be ignored") {
			t.Errorf("%s: %s", name, says)
		}
		r, s := record(t, fmt.Sprintf(`{"courseId":"go","learnerId":"ada",%q:"x"}`, name), importer.Options{NDJSON: true})
		if len(r.actions) > 0 || s.Rejected != 1 {
			t.Errorf("%s: got %q", name, r.actions)
		}
	}
	for name, like := range map[string]string{
		"waitlistEnabled": "waitlist", "waitlist_enabled": "waitlist", "has_waitlist": "waitlist", "is_open": "open", "isOpen": "open", "openFrom": "open",
		"closed": "", "opened": "", "enabled": "", "closed_at": "", "isClosed": "",
	} {
		says := "may not be ignored: \"" + name + "\" looks "
		if like != "" {
			says += "like " + like + ", but is not read: rename it, or pass --map " + like + "=" + name
		}
		if err := course(name); ports.KindOf(err) != domain.ErrInvalidArgument || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	harmless := strings.Split("email,e-mail,first_name,given_name,familyName,full name,display_name,note,notes,term,term_id,sis_id,grade,grade_level,section_name,"+
		"created_at,modified_date,dateLastModified,enrolled_at,enrolledOn,begin_date,endDate,reaction,type of shirt,state of residence,estate,interstate,"+
		"co-op,op_ed_title,raindrop,dropbox_url,openid,open_badges_url,openingHours,credits,phone,home room,department,gender,birthday,"+
		"nationality,transaction_id,proactive,adverb,prototype,rolling,comment,language,score,price,order_id,stateless,actionable items,country", ",")
	r, s := record(t, "course_id,learner_id,"+strings.Join(harmless, ",")+"\ngo,ada"+strings.Repeat(",", len(harmless))+"\n", importer.Options{})
	if !slices.Equal(r.actions, []string{"+go ada"}) {
		t.Errorf("got %q, %s", r.actions, s)
	}
	for _, name := range []string{"subtitle", "course_title", "title_en", "start_date", "max_seats", "credits", "category"} {
		if err := course(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The rest of a file of rejects keeps an id as it is, too.
func TestRejectsOfOwnFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rejects.csv")
	c := newCore(t)
	for _, text := range []string{ownHeader + ownRow("ada ", "enrolled"), rejectsHeader + "go,ada ,,2,invalid_row,\n"} {
		if s, err := importer.Run(t.Context(), c, by, strings.NewReader(text), importer.Options{Rejects: path}); err != nil || s.Rejected != 1 {
			t.Errorf("%s, %v", s, err)
		}
	}
}
