package httpapi

import (
	"context"
	_ "embed"
	"errors"
	"sync"

	"go.yaml.in/yaml/v3"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

//go:embed openapi.yaml
var spec []byte

// A Part is something that the process can't do without, as /readyz names it.
type Part struct {
	Name  string
	Ready func(context.Context) error // nil when it is there
}

// GetHealth answers GET /healthz: who answers is alive.
func (h *handlers) GetHealth(context.Context, api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	return api.GetHealth200JSONResponse{Status: api.HealthStatusOk}, nil
}

// GetReadiness answers GET /readyz. Why a part is down goes to the log, not to the client.
func (h *handlers) GetReadiness(ctx context.Context, _ api.GetReadinessRequestObject) (api.GetReadinessResponseObject, error) {
	parts := map[string]string{}
	down := &fault{kind: ports.ErrUnavailable, detail: "A part is down."}
	var why error = down
	for _, part := range h.parts {
		parts[part.Name] = "ok"
		if err := part.Ready(ctx); err != nil {
			down.fields = append(down.fields, fieldError(down.kind, "/parts/"+pointerEscape.Replace(part.Name), "is down"))
			why = errors.Join(why, err)
		}
	}
	if len(down.fields) > 0 {
		return nil, why
	}
	return api.GetReadiness200JSONResponse{Status: api.HealthStatusOk, Parts: &parts}, nil
}

// GetSpec answers GET /openapi.json.
func (h *handlers) GetSpec(context.Context, api.GetSpecRequestObject) (api.GetSpecResponseObject, error) {
	return specDocument()
}

var specDocument = sync.OnceValues(func() (document api.GetSpec200JSONResponse, err error) {
	err = yaml.Unmarshal(spec, &document)
	return document, err
})
