package observe_test

import (
	"context"
	"testing"

	"github.com/golang/mock/gomock"
	"go.opentelemetry.io/otel/codes"

	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

// A caller that gives up, such as a client that has disconnected, is no failure of the database. A defect stays one.
func TestCanceledCallIsNoFailure(t *testing.T) {
	t.Parallel()
	for err, kind := range map[error]string{
		ports.ErrUnavailable: "canceled", context.Canceled: "canceled", ports.ErrInternal: "internal", domain.ErrCourseNotFound: "course_not_found",
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
