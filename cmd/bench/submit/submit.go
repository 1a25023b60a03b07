// Package submit measures the core alone: one enrollment with id, event and key, as of a request.
//
//	go test -run '^$' -bench . -benchmem ./cmd/bench/submit
package submit

import (
	"context"
	"strconv"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const learners = 1000

var staff = ports.Actor{Tenant: "default", Subject: "bench", Role: ports.Staff}

// Null submits to a store that stores nothing: the cost of deciding and of the workflow around it.
func Null(b *testing.B) {
	service := application.New(nullStore{})
	ids, keys := names()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		enroll(b, service, "course", ids[i%learners], keys[i%learners])
	}
}

// Memstore submits to the store in memory. It creates a new course for every thousand learners, with the timer stopped.
func Memstore(b *testing.B) {
	service := application.New(memstore.New())
	ids, keys := names()
	b.ReportAllocs()
	var course domain.CourseID
	for i := range b.N {
		if i%learners == 0 {
			b.StopTimer()
			course = domain.CourseID("course-" + strconv.Itoa(i/learners))
			_, err := service.PutCourse(context.Background(), staff, course, domain.Settings{Title: new("Course"), Capacity: new(learners / 100)})
			if err != nil {
				b.Fatal(err)
			}
			for k := range keys {
				keys[k] = strconv.Itoa(i + k)
			}
			b.StartTimer()
		}
		enroll(b, service, course, ids[i%learners], keys[i%learners])
	}
}

func enroll(b *testing.B, service *application.Service, course domain.CourseID, learner domain.LearnerID, key string) {
	command := ports.Command{By: staff, Key: key, Correlation: "bench", Actions: []ports.Action{ports.Enroll{Course: course, Learner: learner}}}
	if _, err := service.Submit(context.Background(), command)[0].One(); err != nil {
		b.Fatal(err)
	}
}

func names() (ids []domain.LearnerID, keys []string) {
	for i := range learners {
		ids = append(ids, domain.LearnerID("learner-"+strconv.Itoa(i)))
		keys = append(keys, strconv.Itoa(i))
	}
	return ids, keys
}

// A nullStore has every course, without learners, and stores nothing. Only Update may be called.
type nullStore struct{ ports.Store }

func (nullStore) Update(_ context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	loaded := ports.Loaded{Rosters: make([]*domain.Roster, len(need.Courses)), Replies: make([]ports.IdempotencyRecord, len(need.Keys))}
	for i, c := range need.Courses {
		loaded.Rosters[i] = domain.NewRoster(domain.Course{
			ID: c.ID, Sequence: 1, Revision: 1, Terms: domain.Terms{Title: "Course", Capacity: learners, Open: true, WaitlistEnabled: true},
		}, nil, nil)
	}
	_, err := decide(loaded)
	return err
}
