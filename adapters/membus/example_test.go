package membus_test

import (
	"context"
	"fmt"

	"example.com/roster/adapters/membus"
	"example.com/roster/ports"
)

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
