package httpapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"maps"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"example.com/roster/adapters/httpapi/internal/api"
)

//go:embed openapi.yaml
var spec []byte

var specDocument = sync.OnceValues(func() (api.GetSpec200JSONResponse, error) {
	var document map[string]any
	err := yaml.Unmarshal(spec, &document)
	if err == nil {
		deprecatedLast(document)
	}
	return document, err
})

// deprecatedLast moves the deprecated operations into a tag of their own: /docs shows the tags in their order, and the paths
// of a tag by name.
func deprecatedLast(document map[string]any) {
	const tag = "deprecated"
	found := false
	for _, item := range document["paths"].(map[string]any) {
		for _, operation := range item.(map[string]any) {
			if o, ok := operation.(map[string]any); ok && o["deprecated"] == true {
				o["tags"], found = []any{tag}, true
			}
		}
	}
	if tags, ok := document["tags"].([]any); ok && found {
		document["tags"] = append(tags, map[string]any{"name": tag})
	}
}

// GetSpec answers GET /openapi.json. With a base path, that is the server of the spec.
func (h *handlers) GetSpec(context.Context, api.GetSpecRequestObject) (api.GetSpecResponseObject, error) {
	document, err := specDocument()
	if err == nil && h.base != "" {
		document = maps.Clone(document)
		document["servers"] = []any{map[string]any{"url": h.base}}
	}
	return document, err
}

// DocsVersion is the version of swagger-ui-dist (npm, Apache-2.0) whose files docs has, unchanged.
const DocsVersion = "5.35.0"

// docsIndex is the page that shows the spec.
//
//go:embed docs/index.html
var docsIndex []byte

// docsFiles are the files that the page loads; docs/README.md names their source.
//
//go:embed docs/start.js docs/*.gz
var docsFiles embed.FS

// docsTypes are the media types of the files under /docs/{file}.
var docsTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

// docsPolicy lets the page load from and call only this server, and run no inline code. Its style sheet contains the icons.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsPage answers GET /docs.
func docsPage(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", docsPolicy)
	return c.HTMLBlob(http.StatusOK, docsIndex)
}

// docsFile answers GET /docs/{file}. Large files are stored compressed, and sent compressed if the client accepts that.
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
	header.Add("Vary", "Accept-Encoding")
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
