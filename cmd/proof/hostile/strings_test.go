package hostile_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"example.com/roster/domain"
)

//go:embed testdata/strings.txt
var list string

// hostile returns the strings of the list.
func hostile(t testing.TB) []string {
	t.Helper()
	var found []string
	for number, line := range strings.Split(list, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		quoted, times := line, 1
		if i := strings.LastIndex(line, `" x `); i >= 0 {
			quoted = line[:i+1]
			times, _ = strconv.Atoi(line[i+len(`" x `):])
		}
		text, err := strconv.Unquote(quoted)
		if err != nil || times < 1 {
			t.Fatalf("line %d of the list: %s", number+1, line)
		}
		found = append(found, strings.Repeat(text, times))
	}
	if len(found) < 200 {
		t.Fatalf("only %d strings", len(found))
	}
	return found
}

// Each string goes into each input of each operation of the spec, one at a time; in the short form each fourth string. No response is
// a 5xx. No input accepts a string that the domain refuses, and each accepts a legal one.
func TestHostileStringsInEveryInput(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		texts, requests, statuses := hostile(t), 0, map[int]int{}
		for _, in := range inputs(t, s.spec(t)) {
			someLegal, someAccepted := false, refused.MatchString(in.name)
			for i, text := range texts {
				if !long && i%4 != 0 {
					continue
				}
				got := in.send(s, text)
				requests++
				statuses[got.Code]++
				wellFormed(t, fmt.Sprintf("%s = %.60q", in.name, text), got)
				accepted, legal := got.Code < 400, in.legal(text)
				someLegal, someAccepted = someLegal || legal, someAccepted || accepted
				if accepted && !legal {
					t.Errorf("%s = %.60q was accepted: %d %.200s", in.name, text, got.Code, got.Body)
				}
			}
			if someLegal && !someAccepted {
				t.Errorf("%s accepted none of its legal strings", in.name)
			}
		}
		t.Logf("%d requests: %v", requests, statuses)
		s.mustCheck(t)
	})
}

// A legal string is stored and returned byte for byte.
func TestLegalStringsAreStoredLiterally(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		stored := 0
		for _, text := range hostile(t) {
			legal := domain.LearnerID(text).ValidateNew() == nil
			got := s.ask("POST", "/v1/courses/go-101/enrollments", `{"learnerId":`+quote(text)+`}`)
			if (got.Code == 201) != legal {
				t.Errorf("learner %.60q: %d, legal is %v: %s", text, got.Code, legal, got.Body)
			}
			if legal {
				stored++
				location := got.Header().Get("Location")
				returned := member(t, s.ask("GET", location, "").Body.Bytes(), "learnerId")
				if returned != text || location != "/v1/courses/go-101/enrollments/"+url.PathEscape(text) {
					t.Errorf("learner %q is %q at %s", text, returned, location)
				}
			}
			titled := s.ask("PUT", "/v1/courses/go-101", `{"title":`+quote(text)+`}`)
			if legal := (domain.Settings{Title: &text}).Validate() == nil; (titled.Code == 200) != legal {
				t.Errorf("title %.60q: %d, legal is %v: %s", text, titled.Code, legal, titled.Body)
			} else if returned := member(t, s.ask("GET", "/v1/courses/go-101", "").Body.Bytes(), "title"); legal && returned != text {
				t.Errorf("title %q is %q", text, returned)
			}
		}
		t.Logf("%d legal learners", stored)
		s.mustCheck(t)
	})
}

// member returns the text of a member of a JSON object.
func member(t testing.TB, document []byte, name string) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(document, &object); err != nil {
		t.Fatalf("%v: %s", err, document)
	}
	text, _ := object[name].(string)
	return text
}

// quote returns text as a JSON string with the same bytes, UTF-8 or not.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
