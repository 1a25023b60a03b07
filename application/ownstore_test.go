package application_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// ownStore has the methods of [ports.Store] and no others, as the store of an embedder may.
type ownStore struct{ ports.Store }

// A store with the eight methods of [ports.Store] is enough.
func ExampleNew_ownStore() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	roster := application.New(ownStore{memstore.New()})
	roster.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go"), Capacity: new(1)})
	ada, _ := roster.Enroll(ctx, staff, "go-101", "ada")
	left, _ := roster.Withdraw(ctx, staff, "go-101", "ada")
	report, _ := roster.VerifyJournal(ctx, staff, "go-101")
	fmt.Println(ada.Standing.Status, left.Standing.Status, report.Events, len(report.Differences))

	_, err := roster.ListDeadLetters(ctx, staff, ports.DeadLetterPage{Limit: 10})
	fmt.Println(err)
	// Output:
	// enrolled withdrawn 3 0
	// internal: this store has no dead letters: implement ports.DeadLetterStore or pass application.WithDeadLetters
}

func TestOptionalPorts(t *testing.T) {
	t.Parallel()
	calls := map[string]func(*application.Service) error{
		"WithMaintenance, expire":    func(s *application.Service) error { _, err := s.Expire(t.Context()); return err },
		"WithMaintenance, purge":     func(s *application.Service) error { _, err := s.Purge(t.Context()); return err },
		"WithMaintenance, republish": func(s *application.Service) error { _, err := s.Republish(t.Context(), staff, time.Now()); return err },
		"WithErasure, forget":        func(s *application.Service) error { _, err := s.Forget(t.Context(), staff, "ada"); return err },
		"WithDeadLetters, put":       func(s *application.Service) error { return s.PutDeadLetters(t.Context(), staff, nil) },
		"WithDeadLetters, list": func(s *application.Service) error {
			_, err := s.ListDeadLetters(t.Context(), staff, ports.DeadLetterPage{Limit: 1})
			return err
		},
		"WithDeadLetters, delete": func(s *application.Service) error { return s.DeleteDeadLetters(t.Context(), staff, nil) },
	}
	store := memstore.New()
	keep := application.WithRetention(time.Hour)
	absent := application.New(ownStore{store}, keep)
	present := map[string]*application.Service{
		"in the store": application.New(store, keep),
		"by option": application.New(ownStore{store}, keep, application.WithMaintenance(store), application.WithErasure(store),
			application.WithDeadLetters(store)),
	}
	for name, call := range calls {
		option, _, _ := strings.Cut(name, ",")
		if err := call(absent); !errors.Is(err, ports.ErrInternal) || !strings.Contains(err.Error(), "application."+option) {
			t.Errorf("%s without the port: %v", name, err)
		}
		for how, service := range present {
			if err := call(service); err != nil {
				t.Errorf("%s with the port %s: %v", name, how, err)
			}
		}
	}
}
