package importer_test

import (
	"context"
	"fmt"
	"strings"

	"example.com/roster/adapters/importer"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// An import into a given service.
func ExampleRun() {
	ctx, staff := context.Background(), ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	service := application.New(memstore.New())
	service.PutCourse(ctx, staff, "go-101", domain.Settings{Title: new("Go for engineers"), Capacity: new(1)})

	file := strings.NewReader(`course_id,learner_id,action
go-101,ada,
go-101,bob,
go-101,ada,withdraw
`)
	summary, err := importer.Run(ctx, service, staff, file, importer.Options{})
	fmt.Println(summary.Rows, summary.Rejected, summary.Promoted, err)
	// Output: 3 0 1 <nil>
}
