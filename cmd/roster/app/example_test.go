package app_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The core on a SQLite file: what is enrolled is there when the file is opened again.
func Example_sqlite() {
	dir, err := os.MkdirTemp("", "roster")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}

	for _, learner := range []domain.LearnerID{"ada", "bob"} {
		store, err := sqlite.Open(ctx, filepath.Join(dir, "roster.db"))
		if err != nil {
			log.Fatal(err)
		}
		roster := application.New(store)
		roster.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go for engineers"), Capacity: new(1)})
		got, err := roster.Enroll(ctx, staff, "go-101", learner)
		fmt.Println(learner, got.Standing.Status, err)
		if err := store.Close(); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// ada enrolled <nil>
	// bob waitlisted <nil>
}

// The whole program, as a test may run it.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "roster")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	roster := func(args ...string) int {
		return app.Run(context.Background(), app.Options{
			Args: append([]string{"--data-dir", dir}, args...), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stdout,
		})
	}
	roster("course", "put", "go-101", "--title", "Go for engineers", "--capacity", "1")
	roster("enroll", "go-101", "ada")
	code := roster("enroll", "go-101", "ada")
	fmt.Println("exit", code)
	// Output:
	// go-101  Go for engineers
	//   open, with a waitlist
	//   0 of 1 seats taken, 0 on the waitlist
	//   sequence 1
	// ada is enrolled on go-101
	// roster: ada already has a seat on go-101 (already_enrolled)
	// exit 3
}

// The command line on a given service: a test has its arguments, its streams and its exit code, and no database or file.
func ExampleRun_service() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	service := application.New(memstore.New())
	service.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go for engineers"), Capacity: new(1)})

	var out, log strings.Builder
	run := func(args ...string) int {
		return app.Run(ctx, app.Options{Args: args, Service: service, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &log})
	}
	fmt.Println(run("enroll", "go-101", "ada"), run("enroll", "go-101", "bob"), run("enroll", "go-102", "ada"))
	fmt.Print(out.String(), log.String())
	// Output:
	// 0 0 3
	// ada is enrolled on go-101
	// bob is number 1 on the waitlist of go-101
	// roster: there is no course go-102; create it with: roster course put go-102 --title TITLE --capacity N (course_not_found)
}
