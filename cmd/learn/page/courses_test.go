package page

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Requests to the API get the token of the page, and nothing else of the browser's; answers get the headers of the page.
func TestRequestsToTheAPI(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Content-Security-Policy", "none")
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("Cookie"), string(body)}, " "))
	}))
	defer api.Close()
	s := newServer(t)
	if w := ask(s, "GET", "/courses/api/v1/courses", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before the start: %d %s", w.Code, w.Body)
	}
	s.courses.api = apiOf(api.URL, "secret")
	w := ask(s, "PUT", "/courses/api/v1/courses/a%2Fb?x=1", "body", "Cookie", "c=d", "Authorization", "Bearer other")
	if got, want := w.Body.String(), "PUT /v1/courses/a%2Fb x=1 Bearer secret  body"; w.Code != http.StatusConflict || got != want {
		t.Errorf("%d %s, want %s", w.Code, got, want)
	}
	if w.Header().Get("Content-Security-Policy") != policy || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("the headers are %v", w.Header())
	}
	if w := ask(s, "DELETE", "/courses/api/v1/courses/a", "", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("of another site: %d", w.Code)
	}
	for _, path := range []string{"/courses/api/metrics", "/courses/api/"} {
		if w := ask(s, "GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestFilesOfTheCore(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for file, want := range map[string]string{"roster.js": "async function startRoster(", "wasm_exec.js": "globalThis.Go = class"} {
		if w := ask(s, "GET", "/courses/core/"+file, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.200s", file, w.Code, w.Body)
		}
	}
	if w := ask(s, "GET", "/courses/core/other.js", ""); w.Code != http.StatusNotFound {
		t.Errorf("another file: %d", w.Code)
	}
	for _, body := range []string{"", `{"mode":"other"}`} {
		if w := ask(s, "POST", "/courses/prepare", body); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", body, w.Code)
		}
	}
}
