package httpapi_test

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The page needs no token, and names each request of the spec or links to it.
func TestHomePageShowsWhatIsThere(t *testing.T) {
	t.Parallel()
	s, doc := serve(stub{}), must(loadSpec())
	page := send(t, s, "GET", "/", "")
	if page.status != 200 || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") ||
		!strings.Contains(page.body, "<h1>"+doc.Info.Title+"</h1>\n<p>"+doc.Info.Summary+"\n") {
		t.Errorf("%d %s\n%s", page.status, page.header.Get("Content-Type"), page.body)
	}
	head := httptest.NewRecorder()
	s.ServeHTTP(head, httptest.NewRequest("HEAD", "/", nil))
	if head.Code != 200 {
		t.Errorf("HEAD answers %d", head.Code)
	}
	docs := send(t, s, "GET", "/docs", "")
	for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"} {
		if got := page.header.Get(name); got == "" || got != docs.header.Get(name) {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, link := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.body, -1) {
		if at := link[1]; at != "data:," && (!strings.HasPrefix(at, "/") || send(t, s, "GET", at, "").status != 200) {
			t.Errorf("the page links to %s", at)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			public := o.Security != nil && len(*o.Security) == 0
			want := "<code>" + method + " " + path + "</code>"
			if o.Deprecated {
				want += ", deprecated: "
			}
			if public {
				want = `<a href="` + path + `">`
			}
			listed := !public || path != "/" && !strings.Contains(path, "{")
			if got := strings.Count(page.body, want); listed != (got == 1) || got > 1 {
				t.Errorf("the page has %s %d times", want, got)
			}
		}
	}
	if first, last := strings.Index(page.body, "deprecated"), strings.LastIndex(page.body, "</code>: "); first >= 0 && first < last {
		t.Errorf("a deprecated request comes before others:\n%s", page.body)
	}
}

// The page at /docs shows the tags in order: one for the deprecated operations is the last.
func TestDocsPageShowsDeprecatedOperationsLast(t *testing.T) {
	t.Parallel()
	doc := must(openapi3.NewLoader().LoadFromData([]byte(send(t, serve(stub{}), "GET", "/openapi.json", "").body)))
	var tags []string
	for _, tag := range doc.Tags {
		tags = append(tags, tag.Name)
	}
	found := false
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			if len(o.Tags) != 1 || !slices.Contains(tags, o.Tags[0]) || o.Deprecated != (o.Tags[0] == "deprecated") {
				t.Errorf("%s %s has the tags %v of %v", method, path, o.Tags, tags)
			}
			found = found || o.Deprecated
		}
	}
	if found != (tags[len(tags)-1] == "deprecated") {
		t.Errorf("there are deprecated operations: %v; the tags are %v", found, tags)
	}
}
