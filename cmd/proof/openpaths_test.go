package proof_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkOpenPaths measures each path that needs no token, with one course and with 50,000 (adapters/httpapi has their list).
// A request of any of them must not cost more when more is stored.
//
//	go test ./cmd/proof -run '^$' -bench OpenPaths
func BenchmarkOpenPaths(b *testing.B) {
	for _, courses := range []int{1, 50_000} {
		s := system{name: "sqlite", url: "sqlite:" + filepath.Join(b.TempDir(), "roster.db"), data: b.TempDir()}
		putCourses(b, s, courses)
		addr, stop := s.start(b, new(bytes.Buffer), "--log-level", "error", "--rate-limit", "off")
		s.published(b)
		c := newClient(b, "http://"+addr)
		for _, path := range []string{"/", "/healthz", "/readyz", "/openapi.json", "/docs", "/docs/start.js", "/problems/course_full", "/unknown"} {
			b.Run(fmt.Sprintf("%d courses%s", courses, path), func(b *testing.B) {
				for b.Loop() {
					if code, _, content, err := c.do("GET", path, "", ""); err != nil || code >= 500 {
						b.Fatal(code, err, string(content))
					}
				}
			})
		}
		stop()
	}
}
