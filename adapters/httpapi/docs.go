package httpapi

import (
	"bytes"
	"compress/gzip"
	"embed"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

// docsFiles are the page that shows the spec: docs/README.md says where they come from.
//
//go:embed docs/index.html docs/start.js docs/*.gz
var docsFiles embed.FS

// docsTypes are the files that /docs/{file} has.
var docsTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

// docsPolicy lets the page load and call this server alone, and run no text as code. The icons are within its style sheet.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docs answers GET /docs.
func docs(c echo.Context) error {
	page, err := docsFiles.ReadFile("docs/index.html")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", docsPolicy)
	return c.HTMLBlob(http.StatusOK, page)
}

// docsFile answers GET /docs/{file}. What is large is kept compressed, and sent so to whoever reads it.
func docsFile(c echo.Context) error {
	name := c.Param("file")
	contentType, known := docsTypes[path.Ext(name)]
	if !known {
		return errNotFound
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "public, max-age=3600")
	if data, err := docsFiles.ReadFile("docs/" + name); err == nil {
		return c.Blob(http.StatusOK, contentType, data)
	}
	packed, err := docsFiles.ReadFile("docs/" + name + ".gz")
	if err != nil {
		header.Del("Cache-Control")
		return errNotFound
	}
	header.Set("Vary", "Accept-Encoding")
	if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		return c.Blob(http.StatusOK, contentType, packed)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	return c.Stream(http.StatusOK, contentType, unpacked)
}
