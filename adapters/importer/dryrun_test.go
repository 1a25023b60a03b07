package importer_test

import (
	"reflect"
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

// The mock expects only queries: it fails the test if anything is submitted.
func TestADryRunReadsEachCourseOnceAndChangesNothing(t *testing.T) {
	t.Parallel()
	service := portsmock.NewMockService(gomock.NewController(t))
	service.EXPECT().Course(gomock.Any(), by, domain.CourseID("wait-1")).Return(domain.Course{ID: "wait-1"}, nil)
	service.EXPECT().Course(gomock.Any(), by, domain.CourseID("full-1")).Return(domain.Course{}, domain.ErrCourseNotFound)
	s, rejects, err := run(t, importer.DryRun(service), many(2000), importer.Options{})
	if err != nil || s.Rows != 2000 || !reflect.DeepEqual(s.Outcomes, outcomes{"course_not_found": 200, "invalid_row": 200}) || s.Rejected != 400 {
		t.Errorf("%+v, %v", s, err)
	}
	if rejects == "" {
		t.Error("no rejects")
	}
}

func TestADryRunStopsIfItCannotRead(t *testing.T) {
	t.Parallel()
	service := portsmock.NewMockService(gomock.NewController(t))
	service.EXPECT().Course(gomock.Any(), by, gomock.Any()).Return(domain.Course{}, ports.ErrForbidden)
	if _, _, err := run(t, importer.DryRun(service), many(10), importer.Options{}); ports.KindOf(err) != ports.ErrForbidden {
		t.Errorf("%v", err)
	}
}
