package httpapi

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

//go:embed openapi.yaml
var spec []byte

// A Part is something that the process depends on, as /readyz names it.
type Part struct {
	Name     string
	Ready    func(context.Context) error // nil when it is there
	Optional bool                        // the process can do without it for a while
}

// GetHealth answers GET /healthz: who answers is alive.
func (h *handlers) GetHealth(context.Context, api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	return api.GetHealth200JSONResponse{Status: api.HealthStatusOk}, nil
}

// GetReadiness answers GET /readyz. Why a part is down goes to the log, not to the client.
func (h *handlers) GetReadiness(ctx context.Context, _ api.GetReadinessRequestObject) (api.GetReadinessResponseObject, error) {
	parts, status := map[string]string{}, api.ReadinessStatusOk
	down := &fault{kind: ports.ErrUnavailable, detail: "A part is down."}
	ready := true
	var why error
	for _, part := range h.parts {
		parts[part.Name] = "ok"
		if err := part.Ready(ctx); err != nil {
			parts[part.Name], status = "down", api.ReadinessStatusDegraded
			down.fields = append(down.fields, fieldError(down.kind, "/parts/"+pointerEscape.Replace(part.Name), "is down"))
			why = errors.Join(why, fmt.Errorf("%s: %w", part.Name, err))
			ready = ready && part.Optional
		}
	}
	if !ready {
		return nil, errors.Join(down, why)
	}
	callOf(ctx).warning = why
	return api.GetReadiness200JSONResponse{Status: status, Parts: &parts}, nil
}

// GetSpec answers GET /openapi.json.
func (h *handlers) GetSpec(context.Context, api.GetSpecRequestObject) (api.GetSpecResponseObject, error) {
	return specDocument()
}

var specDocument = sync.OnceValues(func() (document api.GetSpec200JSONResponse, err error) {
	err = yaml.Unmarshal(spec, &document)
	return document, err
})
