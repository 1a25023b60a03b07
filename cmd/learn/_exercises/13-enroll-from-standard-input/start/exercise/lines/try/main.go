// Command try runs package lines on the standard input, with a course go-101 of one seat. Everything is gone at its end.
//
//	go run ./exercise/lines/try
package main

import (
	"context"
	"fmt"
	"os"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/exercise/lines"
	"example.com/roster/ports"
)

func main() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "cli:me", Role: ports.Staff}
	core := application.New(memstore.New())
	_, err := core.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go"), Capacity: new(1)})
	if err == nil {
		err = lines.Run(ctx, core, staff, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "try:", err)
		os.Exit(1)
	}
}
