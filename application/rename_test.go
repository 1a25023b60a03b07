package application_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestRenameKeepsThePlace(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1; enroll ada; enroll old; enroll cyd")
	before, _ := s.Standing(t.Context(), staff, course, "old")
	if n, err := s.Rename(t.Context(), staff, "old", "new"); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	after, err := s.Standing(t.Context(), staff, course, "new")
	before.Learner = "new"
	if after != before || err != nil {
		t.Errorf("%+v, %v; want %+v", after, err, before)
	}
	if _, err := s.Standing(t.Context(), staff, course, "old"); !errors.Is(err, domain.ErrNotEnrolled) {
		t.Errorf("the old id: %v", err)
	}
	if o := s.Given("withdraw ada")[0]; len(o.Promoted) != 1 || o.Promoted[0].Learner != "new" {
		t.Errorf("%+v, want new promoted", o)
	}
	if got := s.Events()[4]; got != "learner.renamed new" {
		t.Errorf("event %q", got)
	}
}

func TestRenameRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1; enroll ada; enroll bob")
	s.On("b").Given("put capacity=1; enroll ada")
	learner := ports.Actor{Tenant: staff.Tenant, Subject: "ada", Role: ports.Learner}
	for _, c := range []struct {
		by       ports.Actor
		from, to domain.LearnerID
		want     domain.Kind
		text     string
	}{
		{staff, "ada", "bob", domain.ErrAlreadyExists, `"go-101"`},
		{staff, "nobody", "eve", ports.ErrNotFound, "no enrollment is stored under the id nobody"},
		{staff, "ada", "ada", domain.ErrInvalidArgument, "must change"},
		{staff, "ada", "eve ", domain.ErrInvalidArgument, "white space"},
		{staff, "", "eve", domain.ErrInvalidArgument, "1 to 255"},
		{learner, "ada", "eve", ports.ErrForbidden, ""},
	} {
		n, err := s.Rename(t.Context(), c.by, c.from, c.to)
		if n != 0 || ports.KindOf(err) != c.want || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s to %s: %d, %v; want %s", c.from, c.to, n, err, c.want)
		}
	}
	if events := append(s.Events(), s.On("b").Events()...); len(events) != 5 {
		t.Errorf("a refused rename changed something: %v", events)
	}
}

// More courses than one transaction may change. Meanwhile, the learner enrolls on one more.
func TestRenameOnManyCourses(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t)
	var commands []ports.Command
	for i := range ports.MaxActions + 10 {
		commands = append(commands, ports.Command{By: staff, Actions: s.On(domain.CourseID(fmt.Sprint("c-", i))).Actions("put capacity=1; enroll old")})
	}
	s.Submit(t.Context(), commands...)
	s.On("later").Given("put capacity=1")
	s.Conflict(func() { s.On("later").Given("enroll old") })
	if n, err := s.Rename(t.Context(), staff, "old", "new"); n != len(commands)+1 || err != nil {
		t.Errorf("%d, %v; want %d", n, err, len(commands)+1)
	}
	left, err := s.LearnerStandings(t.Context(), staff, "old", ports.LearnerPage{Limit: 1})
	if len(left) != 0 || err != nil {
		t.Errorf("the old id has %+v, %v", left, err)
	}
}

// If the new id gets something while the old one is renamed, nothing of that transaction is renamed.
func TestRenameRaces(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t)
	s.Given("put capacity=2; enroll old")
	s.Conflict(func() { s.Given("enroll new") })
	if n, err := s.Rename(t.Context(), staff, "old", "new"); n != 0 || !errors.Is(err, domain.ErrAlreadyExists) {
		t.Errorf("%d, %v; want %v", n, err, domain.ErrAlreadyExists)
	}
	s.Given("put capacity=3; enroll bob")
	s.Conflict(func() { _, _ = s.Rename(t.Context(), staff, "bob", "ben") })
	if n, err := s.Rename(t.Context(), staff, "bob", "ben"); !errors.Is(err, ports.ErrNotFound) || n != 0 {
		t.Errorf("the same rename twice at once: %d, %v", n, err)
	}
}

func TestLearnerStandingsAreForTheLearnerAndStaff(t *testing.T) {
	t.Parallel()
	s := open(t, memstore.New())
	s.Given("put capacity=1; enroll ada")
	page := ports.LearnerPage{Limit: 10}
	for _, by := range []ports.Actor{staff, {Tenant: staff.Tenant, Subject: "ada", Role: ports.Learner}} {
		if got, err := s.LearnerStandings(t.Context(), by, "ada", page); len(got) != 1 || err != nil {
			t.Errorf("%+v: %+v, %v", by, got, err)
		}
	}
	for _, by := range []ports.Actor{{Tenant: staff.Tenant, Subject: "bob", Role: ports.Learner}, {Tenant: staff.Tenant, Subject: "ada", Role: ports.Partner}} {
		if got, err := s.LearnerStandings(t.Context(), by, "ada", page); len(got) != 0 || !errors.Is(err, ports.ErrForbidden) {
			t.Errorf("%+v: %+v, %v", by, got, err)
		}
		if _, err := s.About(t.Context(), by, "ada"); !errors.Is(err, ports.ErrForbidden) {
			t.Errorf("%+v: %v", by, err)
		}
	}
	if _, err := s.LearnerStandings(t.Context(), staff, "ada", ports.LearnerPage{}); !errors.Is(err, domain.ErrInvalidArgument) {
		t.Errorf("no limit: %v", err)
	}
}

// ignorant is a store that saves no renames.
type ignorant struct{ *memstore.Store }

func (s ignorant) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		_, err := decide(l)
		return ports.Changes{}, err
	})
}

func TestRenameEndsOnAStoreThatDoesNotRename(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	servicetest.NewOn(t, store).Given("put capacity=1; enroll old")
	if n, err := application.New(ignorant{store}).Rename(t.Context(), staff, "old", "new"); n != 0 || !errors.Is(err, ports.ErrInternal) {
		t.Errorf("%d, %v; want %v", n, err, ports.ErrInternal)
	}
}
