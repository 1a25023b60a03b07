// Package docs is the page that shows the API: Swagger UI, unchanged, and two files of the service's own. README.md names its source.
package docs

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// Version is the version of swagger-ui-dist (npm, Apache-2.0).
const Version = "5.35.0"

// Policy lets the page load from and call only this server, and run no inline code. Its style sheet contains the icons.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Page shows the document at openapi.json, beside it. It loads its files from the folder docs.
//
//go:embed index.html
var Page []byte

//go:embed start.js *.gz
var files embed.FS

var mediaTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

// acceptsGzip matches an Accept-Encoding (RFC 9110, 12.5.3) that has gzip, and not with the weight zero.
var acceptsGzip = regexp.MustCompile(`(?i)(^|,)\s*gzip\s*(,|$|;\s*q=(1|0\.0{0,2}[1-9]))`)

// ServeFile answers with a file of the page, and reports whether there is one of this name. Large files are stored compressed, and sent
// compressed if the client accepts that.
func ServeFile(w http.ResponseWriter, r *http.Request, name string) bool {
	contentType, known := mediaTypes[path.Ext(name)]
	if !known {
		return false
	}
	data, err := files.ReadFile(name)
	if err != nil {
		if data, err = files.ReadFile(name + ".gz"); err != nil {
			return false
		}
		w.Header().Add("Vary", "Accept-Encoding")
		if acceptsGzip.MatchString(strings.Join(r.Header.Values("Accept-Encoding"), ",")) {
			w.Header().Set("Content-Encoding", "gzip")
		} else if unpacked, err := gzip.NewReader(bytes.NewReader(data)); err == nil { // always: the build has the file
			data, _ = io.ReadAll(unpacked)
		}
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(data) // fails only if the client has disconnected
	return true
}
