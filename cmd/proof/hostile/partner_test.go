package hostile_test

import (
	"net/url"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/domain"
)

// A partner names any legal course in the body of an order, and no other.
func TestCourseIDsOfAPartner(t *testing.T) {
	t.Parallel()
	s := newServer(t, memstore.New())
	for _, id := range append(courseIDs, hostile(t)...) {
		legal, outcome := domain.CourseID(id).Validate() == nil, ""
		if legal {
			s.ask("PUT", "/v1/courses/"+url.PathEscape(id), `{"title":"T","capacity":9}`)
			outcome = "CONFIRMED"
		}
		got := s.ask("POST", "/partner/v1/enrollments", `{"reference":`+quote("of "+url.PathEscape(id))+`,"course":`+quote(id)+`,"person":"p"}`)
		if len(url.PathEscape(id)) > 250 {
			continue // the reference is too long
		}
		if have := member(t, got.Body.Bytes(), "outcome"); have != outcome || !legal && got.Code != 422 && got.Code != 400 {
			t.Errorf("%.60q: %d %.200s", id, got.Code, got.Body)
		}
	}
	s.mustCheck(t)
}
