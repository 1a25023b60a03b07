package httpapi

import (
	"context"
	_ "embed"
	"maps"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"example.com/roster/adapters/httpapi/docs"
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

// DocsVersion is the version of swagger-ui-dist, which shows the API.
const DocsVersion = docs.Version

// docsPage answers GET /docs.
func docsPage(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", docs.Policy)
	return c.HTMLBlob(http.StatusOK, docs.Page)
}

// docsFile answers GET /docs/{file}.
func docsFile(c echo.Context) error {
	if !docs.ServeFile(c.Response(), c.Request(), c.Param("file")) {
		return errNotFound
	}
	return nil
}
