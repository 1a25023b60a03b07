package proof_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// The command to archive has the same results through HTTP and the command line, for every role, on every store.
func TestSampleNoteArchiveParity(t *testing.T) {
	t.Parallel()
	// TODO: add a row for each rule, and for each code of a refusal. If a rule allows the command once, the later rows are refused.
	steps := []struct{ id, key, want string }{
		{"a-1", "", "changed"},
		{"a-1", "", "changed"},
		{"a-2", "", "not_found"},
		{"a 1", "", "invalid_argument"},
		// keys: {"a-1", "k", "changed"},
		// keys: {"a-1", "k", ""},
		// keys: {"a-2", "k", "idempotency_key_reused"},
	}
	onEveryStore(t, func(t *testing.T, s system) {
		api := s.client(t)
		post := func(id, key string) (int, string) {
			status, _, answer, err := api.do("POST", "/v1/sample-notes/"+strings.ReplaceAll(id, " ", "%20")+"/archive", key, "")
			if err != nil {
				t.Fatal(err)
			}
			return status, string(answer)
		}
		entryPoints := map[string]func(id, key string) string{
			"http": func(id, key string) string { _, answer := post(id, key); return answer },
			"cli": func(id, key string) string {
				args := []string{"--json", "sample-note", "archive", id}
				if key != "" {
					args = append(args, "--key", key)
				}
				return s.run(t, "", args...).stdout
			},
		}
		for name, through := range entryPoints {
			// TODO: add the arguments that these commands need.
			if status, _, answer, err := api.do("PUT", "/v1/sample-notes/"+name+"-a-1", "", `{"text":"some text"}`); err != nil || status >= 300 {
				t.Fatalf("%d, %v\n%s", status, err, answer)
			}
			before := s.must(t, "", "sample-note", "show", name+"-a-1")
			for i, step := range steps {
				var answer struct{ Code string }
				document := through(name+"-"+step.id, step.key)
				if err := json.Unmarshal([]byte(document), &answer); err != nil {
					t.Fatalf("%s, step %d: %v in %q", name, i, err, document)
				}
				after := s.must(t, "", "sample-note", "show", name+"-a-1")
				if got := answer.Code; after != before {
					before, answer.Code = after, got+"changed"
				}
				if answer.Code != step.want {
					t.Errorf("%s, step %d, %s: %q, want %q", name, i, step.id, answer.Code, step.want)
				}
			}
		}
		for caller, want := range map[string]int{
			"staff of default":   200,
			"member of default":  403,
			"partner of default": 403,
			"staff of other":     404,
			"nobody":             401,
		} {
			api.token = ""
			if role, tenant, known := strings.Cut(caller, " of "); known {
				api.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "ada", "--role", role, "--tenant", tenant))
			}
			if got, answer := post("cli-a-1", ""); got != want {
				t.Errorf("%s: %d, want %d\n%s", caller, got, want, answer)
			}
		}
	})
}
