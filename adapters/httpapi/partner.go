package httpapi

import (
	"context"
	"errors"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// EnrollForPartner answers POST /partner/v1/enrollments: the use case of [handlers.Enroll] in a partner's terms. A refusal
// by a rule is a decision too.
func (h *handlers) EnrollForPartner(
	ctx context.Context, r api.EnrollForPartnerRequestObject,
) (api.EnrollForPartnerResponseObject, error) {
	if fromContext(ctx).actor.Role != ports.Partner { // these terms are for partners only
		return nil, ports.ErrForbidden
	}
	if !validKey(r.Body.Reference) {
		return nil, &domain.Violation{Field: "reference", Detail: keyRule}
	}
	action := ports.Enroll{Course: domain.CourseID(r.Body.Course), Learner: domain.LearnerID(r.Body.Person)}
	got, err := h.submit(ctx, "enrollForPartner", r.Body.Reference, ports.Command{Actions: []ports.Action{action}}).One()
	if refusal, ok := errors.AsType[*ports.Refusal](err); ok {
		return api.EnrollForPartner200JSONResponse{
			Reference: r.Body.Reference, Outcome: api.PartnerDecisionOutcomeDECLINED, Reason: new(api.Code(refusal.Kind)),
		}, nil
	}
	if err != nil {
		return nil, inPartnerTerms(err)
	}
	decision := api.EnrollForPartner200JSONResponse{Reference: r.Body.Reference, Outcome: api.PartnerDecisionOutcomeCONFIRMED}
	if got.Standing.Status == domain.Waitlisted {
		decision.Outcome, decision.Place = api.PartnerDecisionOutcomeQUEUED, &got.Position
	}
	return decision, nil
}

// inPartnerTerms gives the field of a violation its name in the partner API.
func inPartnerTerms(err error) error {
	names := map[string]string{"courseId": "course", "learnerId": "person"}
	if v, ok := errors.AsType[*domain.Violation](err); ok && names[v.Field] != "" {
		return &domain.Violation{Field: names[v.Field], Detail: v.Detail}
	}
	return err
}
