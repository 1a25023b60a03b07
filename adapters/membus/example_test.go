package membus_test

import (
	"context"
	"fmt"
	"sync"

	"example.com/roster/adapters/membus"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A subscriber in the process of the service. It gets each event after its transaction, in order.
func ExampleBus_Events() {
	ctx, stop := context.WithCancel(context.Background())
	store, bus := memstore.New(), membus.New()
	relay := application.Relay{Outbox: store, Locker: store, Publisher: bus, OnError: func(err error) { fmt.Println(err) }}
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	defer running.Wait()
	defer stop()

	roster, staff := application.New(store), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	roster.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go for engineers"), Capacity: new(1)})
	roster.Enroll(ctx, staff, "go-101", "ada")
	roster.Enroll(ctx, staff, "go-101", "bob")
	roster.Withdraw(ctx, staff, "go-101", "ada")
	for m := range bus.Events(ctx) {
		fmt.Printf("%d %s %q\n", m.Sequence, m.Type, m.Learner)
		if m.Type == domain.LearnerPromoted {
			break
		}
	}
	// Output:
	// 1 course.opened ""
	// 2 learner.enrolled "ada"
	// 3 learner.waitlisted "bob"
	// 4 learner.withdrawn "ada"
	// 5 learner.promoted "bob"
}

// A queue and its worker in one process, without a broker.
func Example() {
	bus := membus.New()
	ada := ports.Command{
		By:      ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Learner},
		Key:     "ada-1",
		Actions: []ports.Action{ports.Enroll{Course: "go-101", Learner: "ada"}},
	}
	if _, err := bus.Send(context.Background(), []ports.Command{ada}); err != nil {
		fmt.Println(err)
	}

	ctx, stop := context.WithCancel(context.Background())
	err := bus.Work(ctx, func(_ context.Context, commands []ports.QueuedCommand) ([]ports.Reply, error) {
		defer stop()
		for _, c := range commands {
			fmt.Println(c.Command.By.Subject, c.Command.Key, c.Command.Actions)
		}
		return make([]ports.Reply, len(commands)), nil
	})
	fmt.Println(len(bus.Replies()), err)
	// Output:
	// queue ada-1 [{go-101 ada false}]
	// 1 <nil>
}
