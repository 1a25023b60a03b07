package observe

import (
	"log"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Admin serves /metrics to Prometheus and /debug/pprof/ to Go's profiler. It does not authenticate callers, so it must be
// reachable on the loopback only. It does not show the process's arguments, which may contain a password.
func (t *Telemetry) Admin() http.Handler {
	options := promhttp.HandlerOpts{Registry: t.registry, ErrorHandling: promhttp.ContinueOnError, ErrorLog: log.Default()}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.registry, options))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
