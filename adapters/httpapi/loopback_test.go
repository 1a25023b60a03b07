package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/roster/adapters/httpapi"
)

// A page in a browser reaches a listener on the loopback by a name that it rebinds, or by the address itself. Both are refused.
func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	handler := httpapi.LoopbackOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		host   string
		header http.Header
		want   int
	}{
		{"127.0.0.1:8081", nil, 200},
		{"127.0.0.1", nil, 200},
		{"127.9.9.9:8081", nil, 200},
		{"localhost:8081", nil, 200},
		{"[::1]:8081", nil, 200},
		{"[::1]", nil, 200},
		{"localhost:8081", http.Header{"Sec-Fetch-Site": {"none"}}, 200},
		{"localhost:8081", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 200},
		{"rebound.example:8081", nil, 403},
		{"127.0.0.1.rebound.example", nil, 403},
		{"localhost.rebound.example:8081", nil, 403},
		{"10.0.0.1:8081", nil, 403},
		{"", nil, 403},
		{"localhost:8081", http.Header{"Origin": {"https://page.example"}}, 403},
		{"localhost:8081", http.Header{"Origin": {"null"}}, 403},
		{"localhost:8081", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		{"localhost:8081", http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Host = c.host
		if c.header != nil {
			r.Header = c.header
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("Host %q with %v is %d, want %d", c.host, c.header, w.Code, c.want)
		}
	}
}
