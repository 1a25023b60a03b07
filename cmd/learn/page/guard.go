package page

import (
	"net"
	"net/http"
)

// policy lets the page load from this server alone, and run no inline code. WebAssembly is the core in the page.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard refuses what pages of other sites send. The loopback is no authentication: a browser on this machine reaches it for any page, by
// its address, or by a name that is rebound to it. A POST starts programs, so a browser must say that this page has sent it.
func guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			http.Error(w, "the Host must be localhost or a loopback address", http.StatusForbidden)
			return
		}
		sameOrigin.ServeHTTP(w, r)
	})
}

func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	return err == nil && (name == "localhost" || net.ParseIP(name).IsLoopback())
}
