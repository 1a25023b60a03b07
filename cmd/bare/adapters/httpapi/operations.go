package httpapi

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/bare/adapters/httpapi/internal/api"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// A Part is a dependency of the process, as /readyz names it.
type Part struct {
	Name  string
	Ready func(context.Context) error // nil if the part is available
}

// GetHealth answers GET /healthz: a process that answers is alive.
func (h *handlers) GetHealth(context.Context, api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	return api.GetHealth200JSONResponse{Status: api.HealthStatusOk}, nil
}

// GetReadiness answers GET /readyz. The reason why a part is down goes to the log, not to the client.
func (h *handlers) GetReadiness(ctx context.Context, _ api.GetReadinessRequestObject) (api.GetReadinessResponseObject, error) {
	parts := make(map[string]string)
	down := publicError{kind: ports.ErrUnavailable, detail: "A part is down."}
	var reasons error
	for _, part := range h.parts {
		parts[part.Name] = "ok"
		if err := part.Ready(ctx); err != nil {
			down.fields = append(down.fields, fieldError(down.kind, "parts/"+part.Name, "is down"))
			reasons = errors.Join(reasons, fmt.Errorf("%s: %w", part.Name, err))
		}
	}
	if reasons != nil {
		return nil, errors.Join(&down, reasons)
	}
	return api.GetReadiness200JSONResponse{Status: api.ReadinessStatusOk, Parts: parts}, nil
}

//go:embed openapi.yaml
var spec []byte

var specDocument = sync.OnceValues(func() (document api.GetSpec200JSONResponse, err error) {
	return document, yaml.Unmarshal(spec, &document)
})

// GetSpec answers GET /openapi.json.
func (h *handlers) GetSpec(context.Context, api.GetSpecRequestObject) (api.GetSpecResponseObject, error) {
	return specDocument()
}

// GetProblem answers GET /problems/{code}, the type of a problem.
func (h *handlers) GetProblem(_ context.Context, r api.GetProblemRequestObject) (api.GetProblemResponseObject, error) {
	t, known := problemTable[domain.Kind(r.Code)]
	if !known {
		return nil, ports.ErrNotFound
	}
	return api.GetProblem200JSONResponse{
		Type: problemsPath + r.Code, Code: api.Code(r.Code), Title: t.title, Status: t.status, Meaning: t.meaning, Advice: t.advice,
	}, nil
}
