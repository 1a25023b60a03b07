package observe_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"go.opentelemetry.io/otel/codes"

	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

// Every other call is passed on unchanged, and measured with and without an error.
func TestMeasuresCalls(t *testing.T) {
	t.Parallel()
	for _, fails := range []error{nil, fmt.Errorf("the driver says %s", secret)} {
		s := newFixture(t)
		next := portsmock.NewMockService(gomock.NewController(t))
		course, ranked := domain.Course{ID: "go-101"}, ports.RankedStanding{Standing: standing(domain.Enrolled)}
		ctx := gomock.Any()
		coursePage, standingPage := ports.CoursePage{Limit: 1}, ports.StandingPage{Limit: 2}
		next.EXPECT().Course(ctx, by, course.ID).Return(course, fails)
		next.EXPECT().Courses(ctx, by, coursePage).Return([]domain.Course{course}, fails)
		next.EXPECT().Standing(ctx, by, course.ID, domain.LearnerID(secret)).Return(ranked, fails)
		next.EXPECT().Standings(ctx, by, course.ID, standingPage).Return([]ports.RankedStanding{ranked}, fails)
		next.EXPECT().VerifyJournal(ctx, by, course.ID).Return(ports.CheckReport{Courses: 3}, fails)
		next.EXPECT().Forget(ctx, by, domain.LearnerID(secret)).Return(ports.Forgotten{Events: 4}, fails)
		next.EXPECT().Expire(ctx).Return(5, fails)
		next.EXPECT().Purge(ctx).Return(6, fails)
		next.EXPECT().Republish(ctx, by, time.Time{}).Return(7, fails)
		letters := []ports.DeadLetter{{ID: secret}}
		next.EXPECT().LearnerStandings(ctx, by, domain.LearnerID(secret), ports.LearnerPage{Limit: 4}).
			Return([]ports.RankedStanding{ranked}, fails)
		next.EXPECT().About(ctx, by, domain.LearnerID(secret)).Return(ports.PersonalData{DeadLetters: letters}, fails)
		next.EXPECT().Rename(ctx, by, domain.LearnerID(secret), domain.LearnerID("new")).Return(8, fails)
		next.EXPECT().PutDeadLetters(ctx, by, letters).Return(fails)
		next.EXPECT().ListDeadLetters(ctx, by, ports.DeadLetterPage{Limit: 3}).Return(letters, fails)
		next.EXPECT().DeleteDeadLetters(ctx, by, []string{secret}).Return(fails)

		service := s.Service(next)
		one, err1 := service.Course(t.Context(), by, course.ID)
		some, err2 := service.Courses(t.Context(), by, coursePage)
		standing, err3 := service.Standing(t.Context(), by, course.ID, secret)
		all, err4 := service.Standings(t.Context(), by, course.ID, standingPage)
		report, err5 := service.VerifyJournal(t.Context(), by, course.ID)
		forgotten, err6 := service.Forget(t.Context(), by, secret)
		expired, err7 := service.Expire(t.Context())
		purged, err8 := service.Purge(t.Context())
		republished, err9 := service.Republish(t.Context(), by, time.Time{})
		err10 := service.PutDeadLetters(t.Context(), by, letters)
		dead, err11 := service.ListDeadLetters(t.Context(), by, ports.DeadLetterPage{Limit: 3})
		err12 := service.DeleteDeadLetters(t.Context(), by, []string{secret})
		held, err13 := service.LearnerStandings(t.Context(), by, secret, ports.LearnerPage{Limit: 4})
		about, err14 := service.About(t.Context(), by, secret)
		renamed, err15 := service.Rename(t.Context(), by, secret, "new")
		if one != course || len(some) != 1 || standing != ranked || len(all) != 1 || report.Courses != 3 || forgotten.Events != 4 ||
			expired != 5 || purged != 6 || republished != 7 || len(dead) != 1 || len(held) != 1 || len(about.DeadLetters) != 1 || renamed != 8 {
			t.Error("a result was changed")
		}
		wanted, kind := make(map[string]string), ""
		if fails != nil {
			kind = "internal"
		}
		for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13, err14, err15} {
			if !errors.Is(err, fails) {
				t.Errorf("call %d: %v, want %v", i, err, fails)
			}
		}
		for _, call := range []string{"course", "courses", "standing", "standings", "check", "forget", "expire",
			"purge", "republish", "bury", "dead_letters", "settle", "learner_standings", "about", "rename"} {
			wanted["roster_call_duration_seconds{call="+call+",kind="+kind+"}"] = "1"
		}
		s.want(wanted)
		if spans := s.end(); len(spans) != 15 {
			t.Errorf("%d spans, want 15", len(spans))
		}
	}
}

// A caller that gives up, such as a client that has disconnected, is no failure of the database. A defect stays one.
func TestCanceledCallIsNoFailure(t *testing.T) {
	t.Parallel()
	for err, kind := range map[error]string{
		ports.ErrUnavailable: "canceled", context.Canceled: "canceled", ports.ErrInternal: "internal",
		domain.ErrCourseNotFound: "course_not_found",
	} {
		s := newFixture(t)
		next := portsmock.NewMockService(gomock.NewController(t))
		next.EXPECT().Course(gomock.Any(), by, domain.CourseID("go-101")).Return(domain.Course{}, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = s.Service(next).Course(ctx, by, "go-101")
		s.want(map[string]string{"roster_call_duration_seconds{call=course,kind=" + kind + "}": "1"})
		if spans := s.end(); len(spans) != 1 || (spans[0].Status.Code == codes.Error) != (kind == "internal") {
			t.Errorf("%v: spans are %+v", err, spans)
		}
	}
}
