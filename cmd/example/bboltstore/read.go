package bboltstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"iter"

	"go.etcd.io/bbolt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The buckets of a tenant, and those of a course.
const (
	courses = "courses"
	replies = "replies"

	standings = "standings" // by learner
	order     = "order"     // the learner of each standing, by sequence
	waitlist  = "waitlist"  // those of them that wait
	journal   = "journal"   // by sequence
)

// course is the key of the course itself in its bucket.
var course = []byte("course")

// bySequence returns a key. Such keys are in the order of their numbers.
func bySequence(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// byName returns a key that no other subject and name have.
func byName(k ports.IdempotencyKey) []byte {
	return append(append(binary.AppendUvarint(nil, uint64(len(k.Subject))), k.Subject...), k.Name...)
}

// A reader is a view of what is committed.
type reader struct{ tx *bbolt.Tx }

// at returns the bucket of a tenant at a path, or nil if there is none.
func (r reader) at(id domain.TenantID, path ...string) *bbolt.Bucket {
	b := r.tx.Bucket([]byte(id))
	for _, name := range path {
		if b != nil {
			b = b.Bucket([]byte(name))
		}
	}
	return b
}

// get returns the value of a key, or the zero value if there is no bucket or no key.
func get[T any](in *bbolt.Bucket, key []byte) (value T, err error) {
	if in == nil {
		return value, nil
	}
	if text := in.Get(key); text != nil {
		value, err = decode[T](text)
	}
	return value, err
}

func decode[T any](text []byte) (value T, err error) {
	if err := json.Unmarshal(text, &value); err != nil {
		return value, internal(err)
	}
	return value, nil
}

// from yields the keys and values of a bucket, which may be nil, from a key on. They are valid in the transaction only.
func from(in *bbolt.Bucket, key []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		if in == nil {
			return
		}
		cursor := in.Cursor()
		for k, v := cursor.Seek(key); k != nil && yield(k, v); {
			k, v = cursor.Next()
		}
	}
}

// Course implements [ports.Reader].
func (r reader) Course(_ context.Context, id domain.TenantID, name domain.CourseID) (domain.Course, error) {
	c, err := get[domain.Course](r.at(id, courses, string(name)), course)
	if err == nil && !c.Exists() {
		err = domain.ErrCourseNotFound
	}
	return c, err
}

// Courses implements [ports.Reader].
func (r reader) Courses(_ context.Context, id domain.TenantID, page ports.CoursePage) (found []domain.Course, err error) {
	for name := range from(r.at(id, courses), append([]byte(page.After), 0)) {
		c, err := get[domain.Course](r.at(id, courses, string(name)), course)
		if err != nil {
			return nil, err
		}
		if page.Open != nil && c.Open != *page.Open {
			continue
		}
		if found = append(found, c); len(found) == page.Limit {
			break
		}
	}
	return found, nil
}

// Standing implements [ports.Reader].
func (r reader) Standing(_ context.Context, id domain.TenantID, name domain.CourseID, learner domain.LearnerID) (ports.RankedStanding, error) {
	s, err := get[domain.Standing](r.at(id, courses, string(name), standings), []byte(learner))
	if err == nil && s.Status == domain.None {
		err = domain.ErrNotEnrolled
	}
	return r.ranked(id, s), err
}

// ranked returns a standing with its position: it counts those that wait before it.
func (r reader) ranked(id domain.TenantID, s domain.Standing) ports.RankedStanding {
	ranked := ports.RankedStanding{Standing: s}
	if s.Status == domain.Waitlisted {
		for key := range from(r.at(id, courses, string(s.Course), waitlist), nil) {
			ranked.Position++
			if string(key) == string(bySequence(s.Sequence)) {
				break
			}
		}
	}
	return ranked
}

// Standings implements [ports.Reader]. It counts the first position; the next ones follow from it.
func (r reader) Standings(_ context.Context, id domain.TenantID, name domain.CourseID, page ports.StandingPage) (found []ports.RankedStanding, err error) {
	position := 0
	for _, learner := range from(r.at(id, courses, string(name), order), bySequence(page.After+1)) {
		s, err := get[domain.Standing](r.at(id, courses, string(name), standings), learner)
		if err != nil {
			return nil, err
		}
		if page.Status != "" && s.Status != page.Status {
			continue
		}
		ranked := ports.RankedStanding{Standing: s}
		if s.Status == domain.Waitlisted {
			if position == 0 {
				position = r.ranked(id, s).Position
			}
			ranked.Position = position
			position++
		}
		if found = append(found, ranked); len(found) == page.Limit {
			break
		}
	}
	return found, nil
}

// Journal implements [ports.Reader].
func (r reader) Journal(_ context.Context, id domain.TenantID, name domain.CourseID, after int64) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		for _, text := range from(r.at(id, courses, string(name), journal), bySequence(after+1)) {
			if e, err := decode[ports.Entry](text); !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Purged implements [ports.Reader]: nothing is purged.
func (reader) Purged(context.Context, domain.TenantID, domain.CourseID) (int64, error) { return 0, nil }
