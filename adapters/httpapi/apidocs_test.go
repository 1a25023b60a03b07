package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"
)

// A browser can show the page and call the API from it if all files exist and the policy allows this server; it must allow
// no other.
func TestDocsPageIsCompleteAndLoadsNothingExternal(t *testing.T) {
	t.Parallel()
	s := serve(stub{})
	page := send(t, s, "GET", "/docs", "")
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy is %s", policy)
	}
	files := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(files) != 4 {
		t.Fatalf("the page names %v", files)
	}
	for _, f := range files {
		if f[1] == "data:," {
			continue
		}
		if strings.HasPrefix(f[1], "/") {
			t.Errorf("%s is not relative: behind a proxy the page may be below a path", f[1])
		}
		f[1] = "/" + f[1]
		got := send(t, s, "GET", f[1], "")
		if got.status != 200 || len(got.body) == 0 || got.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d, %d bytes", f[1], got.status, len(got.body))
		}
		for _, refuses := range []string{"gzip;q=0", "br, GZIP ; q=0.000", "br;q=1, notgzip"} {
			if got := send(t, s, "GET", f[1], "", "Accept-Encoding", refuses); got.header.Get("Content-Encoding") != "" {
				t.Errorf("%s is compressed for a client that accepts %s", f[1], refuses)
			}
		}
		packed := send(t, s, "GET", f[1], "", "Accept-Encoding", "br;q=0, gzip;q=0.5")
		if packed.header.Get("Content-Encoding") != "gzip" {
			if packed.body != got.body {
				t.Errorf("%s is compressed, and does not say so", f[1])
			}
			continue
		}
		plain, err := gzip.NewReader(strings.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(plain); err != nil || !bytes.Equal(data, []byte(got.body)) {
			t.Errorf("%s differs when it is compressed: %v", f[1], err)
		}
	}
	for _, none := range []string{"/docs/", "/docs/index.html", "/docs/none.js", "/docs/swagger-ui.css.gz", "/docs/README.md",
		"/docs/..%2Fopenapi.yaml", "/docs/%2e%2e%2fkinds.js"} {
		problem(t, s, 404, "not_found", "GET", none, "")
	}
}
