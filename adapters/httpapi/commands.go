package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/adapters/internal/jsonfields"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// SubmitCommand answers POST /v1/commands: all actions or none.
func (h *handlers) SubmitCommand(ctx context.Context, r api.SubmitCommandRequestObject) (api.SubmitCommandResponseObject, error) {
	request := fromContext(ctx)
	if request.actor.Role == ports.Partner { // the actions here are not for partners
		return nil, ports.ErrForbidden
	}
	actions, err := actionsOf(request.actor, r.Body.Actions)
	if err != nil {
		return nil, err
	}
	if err := request.countActions(len(actions)); err != nil {
		return nil, err
	}
	key, err := parseKey(r.Params.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	outcomes, err := h.submit(ctx, "submitCommand", key, ports.Command{Actions: actions, AllOrNothing: true}).All()
	if err != nil {
		return nil, aboutLearner(ctx, err)
	}
	response := api.SubmitCommand200JSONResponse{Outcomes: make([]api.Standing, len(outcomes))}
	for i, o := range outcomes {
		response.Outcomes[i] = withdrawalJSON(o)
	}
	return response, nil
}

// actionsOf converts the actions of a body. An error points at the field of the first invalid action.
func actionsOf(by ports.Actor, body []api.Action) ([]ports.Action, error) {
	if n := len(body); n == 0 || n > ports.MaxActions {
		return nil, &domain.Violation{Field: "actions", Detail: fmt.Sprintf("must be 1 to %d, got %d", ports.MaxActions, n)}
	}
	actions := make([]ports.Action, len(body))
	for i, a := range body {
		action, err := actionOf(by, a)
		if err == nil {
			err = action.Validate()
		}
		if v, ok := errors.AsType[*domain.Violation](err); ok {
			return nil, errorAt(domain.ErrInvalidArgument, []string{"actions", strconv.Itoa(i), v.Field}, v.Detail)
		}
		if err != nil {
			return nil, err
		}
		actions[i] = action
	}
	return actions, nil
}

func actionOf(by ports.Actor, a api.Action) (ports.Action, error) {
	learner, noLearner := learnerOf(by, a.LearnerID)
	enrollment, noEnrollment := enrollmentOf(a.EnrollmentID)
	action, err := jsonfields.Action{
		Action: string(a.Action), CourseID: domain.CourseID(a.CourseID), LearnerID: learner,
		EnrollmentID: enrollment, SeatOnly: a.SeatOnly != nil && *a.SeatOnly,
	}.Parse()
	return action, cmp.Or(err, noLearner, noEnrollment)
}
