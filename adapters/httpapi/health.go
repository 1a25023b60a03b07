package httpapi

import (
	"context"
	"errors"
	"fmt"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

// A Part is a dependency of the process, as /readyz names it.
type Part struct {
	Name     string
	Ready    func(context.Context) error // nil if the part is available
	Optional bool                        // the process can work without it for a while
}

// GetHealth answers GET /healthz: a process that answers is alive.
func (h *handlers) GetHealth(context.Context, api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	return api.GetHealth200JSONResponse{Status: api.HealthStatusOk}, nil
}

// GetReadiness answers GET /readyz. The reason why a part is down goes to the log, not to the client.
func (h *handlers) GetReadiness(ctx context.Context, _ api.GetReadinessRequestObject) (api.GetReadinessResponseObject, error) {
	parts, status := map[string]string{}, api.ReadinessStatusOk
	down := &publicError{kind: ports.ErrUnavailable, detail: "A part is down."}
	ready := true
	var reasons error
	for _, part := range h.parts {
		parts[part.Name] = "ok"
		if err := part.Ready(ctx); err != nil {
			parts[part.Name], status = "down", api.ReadinessStatusDegraded
			down.fields = append(down.fields, fieldError(down.kind, "/parts/"+pointerEscape.Replace(part.Name), "is down"))
			reasons = errors.Join(reasons, fmt.Errorf("%s: %w", part.Name, err))
			ready = ready && part.Optional
		}
	}
	if !ready {
		return nil, errors.Join(down, reasons)
	}
	fromContext(ctx).warning = reasons
	return api.GetReadiness200JSONResponse{Status: status, Parts: &parts}, nil
}
