package httpapi_test

import (
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var partner = ports.Actor{Tenant: "default", Subject: "acme", Role: ports.Partner}

func TestPartnerGetsADecision(t *testing.T) {
	t.Parallel()
	const request = `{"reference":"r-1","course":"go-101","person":"ada"}`
	for _, c := range []struct {
		outcome ports.Outcome
		json    string
	}{
		{ports.Outcome{Standing: seated}, `{"reference":"r-1","outcome":"CONFIRMED"}`},
		{ports.Outcome{Standing: waiting, Position: 3}, `{"reference":"r-1","outcome":"QUEUED","place":3}`},
		{ports.Outcome{Refused: domain.ErrCourseFull}, `{"reference":"r-1","outcome":"DECLINED","reason":"course_full"}`},
		{ports.Outcome{Refused: domain.ErrCourseNotFound}, `{"reference":"r-1","outcome":"DECLINED","reason":"course_not_found"}`},
		{ports.Outcome{Refused: domain.ErrAlreadyEnrolled, Standing: seated},
			`{"reference":"r-1","outcome":"DECLINED","reason":"already_enrolled"}`},
	} {
		service := mocked(t)
		enroll := command{partner, "enrollForPartner r-1", ports.Enroll{Course: "go-101", Learner: "ada"}}
		service.EXPECT().Submit(gomock.Any(), enroll).Return(outcome(c.outcome))
		got := send(t, serve(service, as(partner)), "POST", "/partner/v1/enrollments", request, "X-Correlation-ID", "c-1")
		wantJSON(t, got, 200, c.json)
	}
}

func TestPartnerViolationsNameThePartnersFields(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		err     error
		pointer string
	}{
		`{"course":"go-101","person":"ada"}`:                      {nil, "/reference"},
		`{"reference":"a\u0000","course":"go-101"}`:               {nil, "/reference"},
		`{"reference":"r-1","person":"ada"}`:                      {domain.CourseID("").Validate(), "/course"},
		`{"reference":"r-1","course":"go-101","person":"\u007f"}`: {domain.LearnerID("").Validate(), "/person"},
	} {
		got := problem(t, serve(stub{err: want.err}, as(partner)), 422, "invalid_argument", "POST", "/partner/v1/enrollments", body)
		if first := got.decoded(t)["errors"].([]any)[0].(map[string]any); first["pointer"] != want.pointer {
			t.Errorf("%s: %v", body, first)
		}
	}
}

func TestPartnerPathIsForPartnersOnly(t *testing.T) {
	t.Parallel()
	for _, by := range []ports.Actor{ada, staff} {
		problem(t, serve(mocked(t), as(by)), 403, "forbidden", "POST", "/partner/v1/enrollments",
			`{"reference":"r-1","course":"go-101","person":"ada"}`)
	}
}
