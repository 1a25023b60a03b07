package membus_test

import (
	"context"
	"iter"
	"reflect"
	"testing"

	"example.com/roster/adapters/membus"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// another is a store that is not memstore. It has one journal.
type another struct{ ports.Store }

func (another) Journal(context.Context, domain.TenantID, domain.CourseID, int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		yield(ports.Entry{ID: "e-1", Event: domain.Event{Type: domain.CourseOpened, Course: "go-101", Sequence: 1}}, nil)
	}
}

func TestPublishJournalOfAnyStore(t *testing.T) {
	t.Parallel()
	bus := membus.New()
	publish := reflect.ValueOf(bus).MethodByName("PublishJournal")
	if !publish.IsValid() {
		t.Fatal("the bus has no PublishJournal any more: keep its name and place")
	}
	if from := publish.Type().In(1); !reflect.TypeFor[another]().AssignableTo(from) {
		t.Fatalf("PublishJournal takes a %v, so a service on PostgreSQL can't use it. It calls one method of the store: take a port that has it", from)
	}
	publish.Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(another{}),
		reflect.ValueOf(domain.TenantID("default")), reflect.ValueOf(domain.CourseID("go-101"))})
	if got := bus.Published(); len(got) != 1 || got[0].ID != "e-1" || got[0].Tenant != "default" {
		t.Errorf("got %+v, want the one entry of the journal", got)
	}
}
