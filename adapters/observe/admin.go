package observe

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Admin serves /metrics to Prometheus and /debug/pprof/ to Go's profiler. It does not authenticate callers, so it must be
// reachable on the loopback only. It does not show the process's arguments, which may contain a password.
func (t *Telemetry) Admin() http.Handler {
	options := promhttp.HandlerOpts{Registry: t.registry, ErrorHandling: promhttp.ContinueOnError, ErrorLog: slog.NewLogLogger(t.log.Handler(), slog.LevelError)}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.registry, options))
	mux.HandleFunc("GET /debug/pprof/", bounded(pprof.Index))
	mux.HandleFunc("GET /debug/pprof/profile", bounded(pprof.Profile))
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", bounded(pprof.Trace))
	return mux
}

// bounded refuses a profile of more than a minute, and one that first collects garbage: both take the CPU from other requests.
func bounded(profile http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		seconds, err := strconv.ParseFloat(cmp.Or(r.FormValue("seconds"), "0"), 64)
		if err != nil || !(seconds <= 60) || cmp.Or(r.FormValue("gc"), "0") != "0" {
			http.Error(w, "seconds must be at most 60, and gc must be 0", http.StatusBadRequest)
			return
		}
		profile(w, r)
	}
}
