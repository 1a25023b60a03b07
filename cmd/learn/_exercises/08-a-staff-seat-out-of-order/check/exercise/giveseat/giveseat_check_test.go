package giveseat_test

import (
	"errors"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestWhoMayGiveSeats(t *testing.T) {
	t.Parallel()
	for _, is := range []struct {
		by   ports.Actor
		may  bool
		what string
	}{
		{ports.Actor{Tenant: "default", Subject: "office", Role: ports.Staff}, true, "staff"},
		{ports.Actor{Tenant: "default", Subject: "shop", Role: ports.Partner}, false, "a partner"},
		{ports.Actor{Tenant: "default", Subject: "bob", Role: ports.Learner}, false, "another learner"},
		{ports.Actor{Tenant: "default", Subject: "cyd", Role: ports.Learner}, false, "cyd, for herself"},
	} {
		s := servicetest.New(t)
		s.Given("put capacity=1; enroll ada; enroll bob; enroll cyd; put open=false; withdraw ada")
		give := ports.GiveSeat{Course: servicetest.Course, Learner: "cyd", Reason: "last term before graduation"}
		_, err := s.Submit(t.Context(), ports.Command{By: is.by, Actions: []ports.Action{give}})[0].One()
		if is.may && err != nil || !is.may && !errors.Is(err, ports.ErrForbidden) {
			t.Errorf("%s gives the seat to cyd: got %v; only staff may", is.what, err)
		}
		if is.what == "cyd, for herself" && err == nil {
			t.Error("A learner may ask for an action that is about that learner alone: so mayAsk says, and this action is one. cyd gave herself a seat.")
		}
	}
}

func TestReasonIsInTheJournal(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	s := servicetest.NewOn(t, store)
	s.Given("put capacity=1; enroll ada; enroll bob; enroll cyd; put open=false; withdraw ada")
	submit := func(key string) (ports.Outcome, error) {
		give := ports.GiveSeat{Course: servicetest.Course, Learner: "cyd", Reason: "last term before graduation"}
		return s.Submit(t.Context(), ports.Command{By: servicetest.Staff, Key: key, Actions: []ports.Action{give}})[0].One()
	}
	first, err := submit("k")
	if err != nil || first.Standing.Status != domain.Enrolled {
		t.Fatalf("staff give a seat: %+v, %v", first.Standing, err)
	}
	if again, err := submit("k"); err != nil || again.Standing != first.Standing {
		t.Errorf("the same command under the same key: %+v, %v; want the first reply", again.Standing, err)
	}
	if _, err := submit(""); !errors.Is(err, domain.ErrAlreadyEnrolled) {
		t.Errorf("the same command without a key: %v, want already_enrolled", err)
	}
	var reasons []string
	for entry, err := range store.Journal(t.Context(), "default", servicetest.Course, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if entry.Reason != "" {
			reasons = append(reasons, string(entry.Type)+": "+entry.Reason)
		}
	}
	if len(reasons) != 1 || reasons[0] != "learner.seated: last term before graduation" {
		t.Errorf("the journal has the reasons %q, want the one of learner.seated", reasons)
	}
	report, err := s.VerifyJournal(t.Context(), servicetest.Staff, servicetest.Course)
	if err != nil || len(report.Differences) > 0 {
		t.Errorf("check: %v, %+v: what is stored must follow from the journal", err, report.Differences)
	}
	if _, err := s.Submit(t.Context(), ports.Command{By: servicetest.Staff, Actions: []ports.Action{ports.GiveSeat{Course: servicetest.Course, Learner: "bob"}}})[0].One(); !errors.Is(err, domain.ErrInvalidArgument) {
		t.Errorf("without a reason: got %v, want invalid_argument", err)
	}
}
