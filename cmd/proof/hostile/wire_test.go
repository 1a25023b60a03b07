package hostile_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
)

const end = "Host: x\r\nAuthorization: Bearer t\r\nConnection: close\r\n\r\n"

// None of these paths reaches a resource that it does not name literally, and there is no redirect.
func TestPathTricks(t *testing.T) {
	t.Parallel()
	s := newServer(t, memstore.New())
	address := s.listen(t)
	for _, target := range []string{
		"/v1/courses/..%2f..%2fhealthz", "/v1/courses/%2e%2e", "/v1/courses/%2e%2e/healthz", "/v1/courses/../courses",
		"/v1/../v1/courses", "/v1/./courses", "/./v1/courses", "//v1/courses", "/v1//courses", "/v1/courses//", "/v1/courses/",
		"///", "//evil.example/v1/courses", "/v1/courses/go-101/", "/v1/courses/go-101%00", "/v1/courses/%00", "/v1/courses%00",
		"/v1/courses/go-101%2fenrollments", "/v1%2fcourses", "/%76%31/courses", "/v1/courses/%zz", "/v1/courses/%", "/v1/courses/%2",
		"/v1/courses/%252e%252e%252f", "/v1/courses/go%2d101%252fx", "/v1/courses/%c0%ae%c0%ae", "/v1/courses/%ff",
		"/v1/courses/go-101;a=b", "/v1/courses;/go-101", "/v1/courses/go-101%20", "/v1/courses/go-101%0d%0aX:y", "/V1/courses",
		"/v1/Courses/go-101", "/v1/courses/GO-101", "/v1/courses/go-101.json", "/v1/courses/go-101~", `/v1\courses`,
		`/v1/courses\go-101`, "/docs/..%2fopenapi.yaml", "/docs/../openapi.json", "/docs/%2e%2e/server.go", "/docs/..%5cserver.go",
		"/docs/%2fetc%2fpasswd", "/problems/..%2f..%2fetc%2fpasswd", "/problems/%00", "/problems/internal%2f", "/.git/config", "/.env",
		"/debug/pprof/", "/metrics", "/server-status", "/v1/courses/{courseId}", "/v1/courses/:courseId", "/v1/courses/*", "*",
		"/v1/courses/go-101/enrollments/..%2f..", "/v1/courses/go-101/enrollments/%00", "/v1/courses/go-101/enrollments/a%0ab",
		"/" + strings.Repeat("a", 20_000), "/" + strings.Repeat("../", 5_000), strings.Repeat("/", 10_000),
		"/v1/courses/" + strings.Repeat("%41", 5_000), "/v1/courses/go-101/enrollments/" + strings.Repeat("%2f", 5_000),
		"/v1/courses?" + strings.Repeat("a=b&", 5_000) + "%zz", "/" + strings.Repeat("a", 100_000), "evil.example:80", "x:", "",
		"http:///v1", "http://", "javascript:alert(1)", "/v1/courses#fragment", "/v1/courses go", "/\x00", "/v1/courses/\xff",
	} {
		status, answer := statusOf(raw(t, address, "GET "+target+" HTTP/1.1\r\n"+end))
		if status < 400 || status > 499 {
			t.Errorf("GET %.60q: %.300s", target, answer)
		}
	}
	// The absolute form is the same request: the host does not matter here.
	if status, answer := statusOf(raw(t, address, "GET http://evil.example/v1/courses/go-101 HTTP/1.1\r\n"+end)); status != 200 {
		t.Errorf("absolute form: %s", answer)
	}
}

// No header value becomes another header, and no host of a request is in a response.
func TestHeaderInjection(t *testing.T) {
	t.Parallel()
	s := newServer(t, memstore.New())
	address := s.listen(t)
	const ada = `{"learnerId":"ada"}`
	post := func(headers, target, body string) string {
		return raw(t, address, fmt.Sprintf("POST %s HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n%s%s",
			target, headers, len(body), end, body))
	}
	answers := []string{
		post("X-Correlation-ID: a\r\nX-Correlation-ID: b\r\n", "/v1/courses/go-101/enrollments", ada),
		post("X-Correlation-ID: a%0d%0aX-Injected: y\r\n", "/v1/courses/go-101/enrollments", ada),
		post("X-Correlation-ID: a\rX-Injected: y\r\n", "/v1/courses/go-101/enrollments", ada),
		post("X-Correlation-ID: a\n X-Injected: y\r\n", "/v1/courses/go-101/enrollments", ada),
		post("Idempotency-Key: \"a\x00\"\r\n", "/v1/courses/go-101/enrollments", ada),
		post("X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: javascript\r\nForwarded: host=evil.example\r\n",
			"/v1/courses/go-101/enrollments", `{"learnerId":"bob"}`),
		post("X-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\n", "/v1/courses/go-101/enrollments", `{"learnerId":"cyd"}`),
		post("", "/v1/courses/go-101/enrollments", `{"learnerId":"x\r\nX-Injected: y"}`),
		post("", "/v1/courses/go-101%0d%0aX-Injected:y/enrollments", ada),
		post("", "http://evil.example/v1/courses/go-101/enrollments", `{"learnerId":"dan"}`),
		post("", "/courses/go-101%0d%0aX-Injected:y/enrollments", ada),
		raw(t, address, "GET /v1/courses?pageSize=1 HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer t\r\nConnection: close\r\n\r\n"),
		raw(t, address, "GET /docs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
		raw(t, address, "GET /nowhere HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
		raw(t, address, "GET /nowhere HTTP/1.1\r\nHost: evil.example\r\nHost: x\r\nConnection: close\r\n\r\n"),
		raw(t, address, "GET /nowhere HTTP/1.1\r\nHost: x y\r\nConnection: close\r\n\r\n"),
		raw(t, address, "GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n"),
	}
	for i, answer := range answers {
		head, _, _ := strings.Cut(answer, "\r\n\r\n")
		if status, _ := statusOf(answer); status < 200 || status >= 500 || strings.Contains(head, "\nX-Injected") ||
			strings.Contains(answer, "evil.example") {
			t.Errorf("%d: %s", i, answer)
		}
	}
}

// Two readers of a request must not see two different requests. A request with two lengths is refused. If a request has both chunks and
// a length, the chunks count, as RFC 9112 requires.
func TestFraming(t *testing.T) {
	t.Parallel()
	const (
		start    = "POST /v1/courses/go-101/enrollments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n"
		smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		body     = `{"learnerId":"ada"}`
	)
	length, hex := fmt.Sprint(len(body)), fmt.Sprintf("%x", len(body))
	for _, c := range []struct {
		name, request string
		want          []int // the statuses of all answers, until the server closes
	}{
		{"two lengths", start + "Content-Length: " + length + "\r\nContent-Length: 0\r\n\r\n" + body + smuggled, []int{400}},
		{"a list of lengths", start + "Content-Length: " + length + ", 0\r\n\r\n" + body + smuggled, []int{400}},
		{"a length with a sign", start + "Content-Length: +" + length + "\r\n\r\n" + body + smuggled, []int{400}},
		{"a negative length", start + "Content-Length: -1\r\n\r\n" + body + smuggled, []int{400}},
		{"a length in hexadecimal", start + "Content-Length: 0x" + hex + "\r\n\r\n" + body + smuggled, []int{400}},
		{"a length beyond numbers", start + "Content-Length: 99999999999999999999\r\n\r\n" + body, []int{400}},
		{"a blank before the colon", start + "Content-Length : " + length + "\r\n\r\n" + body + smuggled, []int{400}},
		{"a folded header", start + "Connection: close\r\nContent-Length:\r\n " + length + "\r\n\r\n" + body, []int{201}},
		{"chunks and a length", start + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + hex + "\r\n" + body + "\r\n0\r\n\r\n" +
			"GET /nowhere HTTP/1.1\r\n" + end, []int{201, 404}},
		{"a length and chunks", start + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, []int{422, 404}},
		{"chunks under another name", start + "Transfer-Encoding: xchunked\r\nContent-Length: " + length + "\r\n\r\n" + body, []int{501}},
		{"chunks twice", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{501}},
		{"chunks and identity", start + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", []int{501}},
		{"chunks behind a tab", start + "Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled, []int{422, 404}},
		{"chunks and a vertical tab", start + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", []int{400}},
		{"a chunk of no size", start + "Transfer-Encoding: chunked\r\n\r\nx\r\n" + body + "\r\n0\r\n\r\n", []int{400}},
		{"a chunk of negative size", start + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + body + "\r\n0\r\n\r\n", []int{400}},
		{"a chunk too large", start + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + body + "\r\n0\r\n\r\n", []int{400}},
		{"chunks without an end", start + "Transfer-Encoding: chunked\r\n\r\n" + hex + "\r\n" + body + "\r\n", []int{400}},
		{"a body shorter than it says", start + "Content-Length: 100\r\n\r\n" + body, []int{400}},
		{"too many headers", start + strings.Repeat("X-Filler: "+strings.Repeat("a", 1_000)+"\r\n", 64) + "\r\n", []int{431}},
		{"no version", "GET /healthz\r\n\r\n", []int{400}},
		{"an unknown version", "GET /healthz HTTP/9.9\r\n" + end, []int{505}},
		{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{404}},
		{"no HTTP", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", []int{400}},
		{"a method with a space", "GE T /healthz HTTP/1.1\r\n" + end, []int{400}},
		{"an unknown expectation", "GET /healthz HTTP/1.1\r\nExpect: 200-maybe\r\n" + end, []int{417}},
		{"OPTIONS of all", "OPTIONS * HTTP/1.1\r\n" + end, []int{404}},
		{"TRACE", "TRACE /v1/courses HTTP/1.1\r\nX-Secret: a\r\n" + end, []int{405}},
		{"CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\n" + end, []int{404}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			unfinished := c.name == "chunks without an end" || c.name == "a body shorter than it says"
			answer := exchange(t, newServer(t, memstore.New()).listen(t), c.request, unfinished)
			var got []int
			for _, line := range statusLine.FindAllString(answer, -1) {
				status, _ := statusOf(line)
				got = append(got, status)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("answered %v, want %v:\n%.600s", got, c.want, answer)
			}
		})
	}
}

var statusLine = regexp.MustCompile(`HTTP/1\.[01] [0-9]{3}`)

func statusOf(answer string) (int, string) {
	var status int
	_, _ = fmt.Sscanf(answer, "HTTP/1.1 %d", &status)
	if status == 0 {
		_, _ = fmt.Sscanf(answer, "HTTP/1.0 %d", &status)
	}
	return status, answer
}
