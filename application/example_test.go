package application_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The core runs anywhere: no server, no database, nothing to close.
func Example() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	roster := application.New(memstore.New())
	roster.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go for engineers"), Capacity: new(1)})
	ada, _ := roster.Enroll(ctx, staff, "go-101", "ada")
	bob, _ := roster.Enroll(ctx, staff, "go-101", "bob")
	left, _ := roster.Withdraw(ctx, staff, "go-101", "ada")
	fmt.Println(ada.Standing.Status, bob.Standing.Status, bob.Position, left.Promoted[0].Learner)
	// Output: enrolled waitlisted 1 bob
}

// A refusal tells the rule, and what the learner holds.
func ExampleService_Enroll_refused() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	roster := application.New(memstore.New())
	roster.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go for engineers"), Capacity: new(1)})
	roster.Enroll(ctx, staff, "go-101", "ada")

	_, err := roster.Enroll(ctx, staff, "go-101", "ada")
	if refusal, ok := errors.AsType[*ports.Refusal](err); ok {
		fmt.Println(refusal.Kind, "as", refusal.Standing.Status, "since change", refusal.Standing.Sequence)
	}
	fmt.Println(errors.Is(err, domain.ErrAlreadyEnrolled))
	// Output:
	// already_enrolled as enrolled since change 2
	// true
}

// One command may hold many actions, and one key makes it safe to send again.
func ExampleService_Submit() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	roster := application.New(memstore.New())
	command := ports.Command{By: staff, Key: "monday", Actions: []ports.Action{
		ports.PutCourse{Course: "go-101", Settings: domain.Settings{Title: new("Go for engineers"), Capacity: new(1)}},
		ports.Enroll{Course: "go-101", Learner: "ada"},
		ports.Enroll{Course: "go-101", Learner: "bob"},
	}}
	first := roster.Submit(ctx, command)[0]
	again := roster.Submit(ctx, command)[0]
	fmt.Println(first.Outcomes[2].Standing.Status, first.Replayed)
	fmt.Println(again.Outcomes[2].Standing.Status, again.Replayed)
	// Output:
	// waitlisted false
	// waitlisted true
}
