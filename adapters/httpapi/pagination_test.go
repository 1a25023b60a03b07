package httpapi_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A catalog is a service with courses and standings to list.
type catalog struct {
	httpapi.Service
	courses   []domain.Course
	standings []ports.RankedStanding
}

func (c catalog) Courses(_ context.Context, _ ports.Actor, page ports.CoursePage) (found []domain.Course, _ error) {
	for _, course := range c.courses {
		if course.ID > page.After && (page.Open == nil || *page.Open == course.Open) && len(found) < page.Limit {
			found = append(found, course)
		}
	}
	return found, nil
}

func (c catalog) Standings(
	_ context.Context, _ ports.Actor, _ domain.CourseID, page ports.StandingPage,
) (found []ports.RankedStanding, _ error) {
	for _, s := range c.standings {
		if s.Sequence > page.After && (page.Status == "" || page.Status == s.Status) && len(found) < page.Limit {
			found = append(found, s)
		}
	}
	return found, nil
}

// LearnerStandings has one standing on each course.
func (c catalog) LearnerStandings(
	_ context.Context, _ ports.Actor, learner domain.LearnerID, page ports.LearnerPage,
) (found []ports.RankedStanding, _ error) {
	for _, course := range c.courses {
		if course.ID > page.After && len(found) < page.Limit {
			s := held(learner, "e", domain.Waitlisted, 1)
			s.Course = course.ID
			found = append(found, ports.RankedStanding{Standing: s, Position: 2})
		}
	}
	return found, nil
}

func newCatalog(n int) catalog {
	var c catalog
	for i := range n {
		c.courses = append(c.courses, domain.Course{
			ID: domain.CourseID(fmt.Sprintf("c-%05d", i)), Terms: domain.Terms{Title: "C", Open: i%3 > 0}, Sequence: 1, Revision: 1,
		})
		status := []domain.Status{domain.Enrolled, domain.Waitlisted, domain.Withdrawn}[i%3]
		learner := domain.LearnerID(fmt.Sprint("l-", i))
		c.standings = append(c.standings, ports.RankedStanding{Standing: held(learner, "e", status, int64(2*i+1))})
	}
	return c
}

func TestPagesAddUpToTheList(t *testing.T) {
	t.Parallel()
	s := serve(newCatalog(2500))
	for _, c := range []struct {
		list         string
		items, pages int
	}{
		{"/v1/courses", 2500, 25},
		{"/v1/courses?pageSize=1000", 2500, 3},
		{"/v1/courses?pageSize=5000", 2500, 3},
		{"/v1/courses?pageSize=2500&pageToken=", 2500, 3},
		{"/v1/courses?open=true&pageSize=833", 1666, 2},
		{"/v1/courses?open=false&pageSize=417", 834, 2},
		{"/v1/courses/c/enrollments?pageSize=999", 2500, 3},
		{"/v1/courses/c/enrollments?status=waitlisted&pageSize=833", 833, 1},
		{"/v1/courses/c/enrollments?status=waitlisted", 833, 9},
		{"/v1/learners/ada/enrollments", 2500, 25},
		{"/v1/learners/a%2Fb%20%25/enrollments?pageSize=1001", 2500, 3},
	} {
		seen, pages := map[string]bool{}, 0
		for target := c.list; target != ""; pages++ {
			got := send(t, s, "GET", target, "")
			if got.status != 200 {
				t.Fatalf("%s: %d %s", target, got.status, got.body)
			}
			page := got.decoded(t)
			for _, item := range page["items"].([]any) {
				item := item.(map[string]any)
				seen[fmt.Sprint(item["courseId"], item["learnerId"])] = true
			}
			token, more := page["nextPageToken"].(string)
			link := got.header.Get("Link")
			target = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
			if more != (link != "") || more && must(url.Parse(target)).Query().Get("pageToken") != token {
				t.Fatalf("token %q, but link %q", token, link)
			}
		}
		if len(seen) != c.items || pages != c.pages {
			t.Errorf("%s: %d items on %d pages, want %d on %d", c.list, len(seen), pages, c.items, c.pages)
		}
	}
}

func TestPageTokenBelongsToOneListWithItsFilters(t *testing.T) {
	t.Parallel()
	s := serve(newCatalog(9))
	token := send(t, s, "GET", "/v1/courses?open=true&pageSize=2", "").decoded(t)["nextPageToken"].(string)
	if got := send(t, s, "GET", "/v1/courses?open=true&pageSize=1&pageToken="+token, ""); got.status != 200 {
		t.Errorf("with another size: %d %s", got.status, got.body)
	}
	for _, target := range []string{
		"/v1/courses?", "/v1/courses?open=false&", "/v1/courses/c/enrollments?", "/v1/courses/d/enrollments?status=enrolled&",
	} {
		problem(t, s, 400, "malformed_request", "GET", target+"pageToken="+token, "")
	}
	for i := range token {
		for _, bad := range []string{token[:i], token[:i] + "!" + token[i+1:], token[:i] + "A" + token[i+1:]} {
			if got := send(t, s, "GET", "/v1/courses?open=true&pageToken="+url.QueryEscape(bad), ""); got.status >= 500 {
				t.Errorf("%q: %d", bad, got.status)
			}
		}
	}
	other := send(t, s, "GET", "/v1/courses/c/enrollments?pageSize=2", "").decoded(t)["nextPageToken"].(string)
	problem(t, s, 400, "malformed_request", "GET", "/v1/courses/d/enrollments?pageToken="+other, "")
	adas := send(t, s, "GET", "/v1/learners/ada/enrollments?pageSize=2", "").decoded(t)["nextPageToken"].(string)
	for _, list := range []string{"/v1/learners/bob/enrollments", "/v1/courses", "/v1/courses/ada/enrollments"} {
		problem(t, s, 400, "malformed_request", "GET", list+"?pageToken="+adas, "")
	}
}
