package httpapi

import (
	"net/http"
	"regexp"
	"strings"
)

// WithBasePath sets the path below which clients see the API, such as /roster behind a proxy; the default is none. All links begin
// with it: Location, Link, the type and instance of a problem, the spec and its page. Requests may arrive with it or without it, so
// a proxy may pass it on or remove it, and probes need not know it. It must be a [ValidBasePath].
func WithBasePath(path string) Option { return func(s *Server) { s.base = path } }

var basePath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// ValidBasePath reports whether a path is one or more segments of unreserved characters (RFC 3986), each after a slash. No route may
// begin with the first one, since requests without the base path could not be told from others.
func ValidBasePath(path string) bool {
	valid := basePath.MatchString(path)
	for _, route := range New(nil).router.Router().Routes() { // also with version 5 of echo
		valid = valid && !strings.HasPrefix(route.Path+"/", "/"+strings.SplitN(path, "/", 3)[1]+"/")
	}
	return valid
}

// below returns the request with its path below the base path.
func (s *Server) below(r *http.Request) *http.Request {
	path, found := strings.CutPrefix(r.URL.Path, s.base)
	if s.base == "" || !found || path != "" && path[0] != '/' {
		return r
	}
	copied, address := *r, *r.URL
	address.Path, address.RawPath = "/"+strings.TrimPrefix(path, "/"), strings.TrimPrefix(r.URL.RawPath, s.base)
	copied.URL = &address
	return &copied
}

// completeHeader puts the base path before the links of a response, and adds HEAD, which works if GET does, to the methods of Allow.
func (s *Server) completeHeader(header http.Header) {
	if allow := header.Get("Allow"); strings.Contains(allow, http.MethodGet) {
		header.Set("Allow", allow+", "+http.MethodHead)
	}
	if l := header.Get("Location"); strings.HasPrefix(l, "/") {
		header.Set("Location", s.base+l)
	}
	for i, l := range header["Link"] {
		header["Link"][i] = strings.Replace(l, "</", "<"+s.base+"/", 1)
	}
}
