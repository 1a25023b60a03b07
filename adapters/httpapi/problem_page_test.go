package httpapi_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
)

func TestEveryProblemIsExplained(t *testing.T) {
	t.Parallel()
	s := serve(mocked(t))
	for _, code := range httpapi.Codes() {
		at := "/problems/" + string(code)
		explained := send(t, s, "GET", at, "").decoded(t)
		hasRetryAfter := explained["retryAfter"] != nil
		if explained["type"] != at || explained["meaning"] == "" || explained["advice"] == "" || hasRetryAfter != (explained["retry"] == "later") {
			t.Errorf("%s: %v", at, explained)
		}
		page := send(t, s, "GET", at, "", "Accept", "text/html,application/xhtml+xml;q=0.9")
		title := "<h1>" + explained["title"].(string)
		if !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") || !strings.Contains(page.body, title) {
			t.Errorf("%s: %s", at, page.body)
		}
	}
	problem(t, s, 404, "not_found", "GET", "/problems/none", "")
}

var update = flag.Bool("update", false, "update the table in docs/clients.md")

// docs/clients.md has the problem table of the program.
func TestClientsPageHasTheProblemTable(t *testing.T) {
	const file, begin, end = "../../docs/clients.md", "<!-- codes -->\n", "<!-- end of codes -->"
	words := map[string]string{"never": "no", "after_change": "when something changed", "later": "yes, later"}
	s := serve(mocked(t))
	var table strings.Builder
	table.WriteString("| code | status | try again | what to do |\n| --- | --- | --- | --- |\n")
	for _, code := range httpapi.Codes() {
		explained := send(t, s, "GET", "/problems/"+string(code), "").decoded(t)
		retry := words[explained["retry"].(string)]
		fmt.Fprintf(&table, "| `%s` | %v | %s | %s |\n", code, explained["status"], retry, explained["advice"])
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	head, rest, ok := strings.Cut(text, begin)
	committed, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no markers for the table", file)
	}
	if *update {
		if err := os.WriteFile(file, []byte(head+begin+table.String()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if committed != table.String() {
		t.Errorf("%s differs from the problem table: run go test ./adapters/httpapi -run TestClientsPage -update", file)
	}
}
