package proof_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The same steps through HTTP and the command line have the same results, on every store.
func TestSampleNoteParity(t *testing.T) {
	t.Parallel()
	// TODO: add a row for each rule, and for each code of a refusal.
	steps := []struct{ do, id, text, key, want string }{
		{"show", "x-1", "", "", "not_found"},
		{"revise", "x-1", "first", "", "first, version 1"},
		{"revise", "x-1", "first", "", "first, version 1"},
		{"revise", "x-1", "sécond/2 %", "", "sécond/2 %, version 2"},
		{"revise", "x-1", "", "", "invalid_argument"},
		{"revise", "x 1", "first", "", "invalid_argument"},
		{"show", "x-1", "", "", "sécond/2 %, version 2"},
		{"show", "x-2", "", "", "not_found"},
		// keys: {"revise", "x-2", "once", "k", "once, version 1"},
		// keys: {"revise", "x-2", "then", "", "then, version 2"},
		// keys: {"revise", "x-2", "once", "k", "once, version 1"},
		// keys: {"revise", "x-2", "other", "k", "idempotency_key_reused"},
		// keys: {"show", "x-2", "", "", "then, version 2"},
	}
	onEveryStore(t, func(t *testing.T, s system) {
		api := s.client(t)
		entryPoints := map[string]func(do, id, text, key string) []byte{
			"http": func(do, id, text, key string) []byte {
				method, body := "GET", ""
				if do != "show" {
					text, _ := json.Marshal(map[string]string{"text": text})
					method, body = "PUT", string(text)
				}
				_, _, answer, err := api.do(method, "/v1/sample-notes/"+strings.ReplaceAll("http-"+id, " ", "%20"), key, body)
				if err != nil {
					t.Fatal(err)
				}
				return answer
			},
			"cli": func(do, id, text, key string) []byte {
				args := []string{"--json", "sample-note", do, "cli-" + id}
				if do != "show" {
					args = append(args, text)
				}
				if key != "" {
					args = append(args, "--key", key)
				}
				return []byte(s.run(t, "", args...).stdout)
			},
		}
		for name, through := range entryPoints {
			for i, step := range steps {
				var answer struct {
					Code, Text string
					Version    int
				}
				document := through(step.do, step.id, step.text, step.key)
				if err := json.Unmarshal(document, &answer); err != nil {
					t.Fatalf("%s, step %d: %v in %q", name, i, err, document)
				}
				got := answer.Code
				if got == "" {
					got = fmt.Sprintf("%s, version %d", answer.Text, answer.Version)
				}
				if got != step.want {
					t.Errorf("%s, step %d, %s %s: %s, want %s", name, i, step.do, step.id, got, step.want)
				}
			}
		}
	})
}

// Every role, in the own tenant and in another, on every store.
func TestSampleNoteIsolation(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		url := s.serve(t)
		ask := func(caller, method, body string, want int) {
			t.Helper()
			c := newClient(t, url)
			if role, tenant, known := strings.Cut(caller, " of "); known {
				c.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "ada", "--role", role, "--tenant", tenant))
			}
			status, _, answer, err := c.do(method, "/v1/sample-notes/x-1", "k", body)
			if err != nil || status != want {
				t.Errorf("%s: %s is %d, %v, want %d\n%s", caller, method, status, err, want, answer)
			}
		}
		s.must(t, "", "sample-note", "revise", "x-1", "ours")
		for _, c := range []struct {
			caller   string
			get, put int
		}{
			{"staff of default", 200, 200},
			{"member of default", 200, 403},
			{"partner of default", 200, 403},
			{"member of other", 404, 403},
			{"partner of other", 404, 403},
			{"staff of other", 404, 200},
			{"nobody", 401, 401},
		} {
			ask(c.caller, "GET", "", c.get)
			ask(c.caller, "PUT", `{"text":"`+c.caller+`"}`, c.put)
		}
		if stored := s.must(t, "", "sample-note", "show", "x-1"); !strings.HasPrefix(stored, "x-1  staff of default\n") {
			t.Errorf("another caller changed it: %s", stored)
		}
	})
}
