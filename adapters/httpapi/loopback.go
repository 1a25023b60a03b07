package httpapi

import (
	"net"
	"net/http"
)

// LoopbackOnly wraps the handler of a listener on the loopback that requires no token. The loopback is no authentication: a browser
// on the same machine reaches it for any page. So it refuses a request whose Host is not the loopback, as after DNS rebinding,
// and a request that a page of another site sends.
func LoopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		switch {
		case !loopbackHost(r.Host):
			http.Error(w, "the Host must be localhost or a loopback address", http.StatusForbidden)
		case r.Header.Get("Origin") != "" || site == "cross-site" || site == "same-site":
			http.Error(w, "pages of other sites may not send requests here", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' { // IPv6 without a port
		host = host[1 : len(host)-1]
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
