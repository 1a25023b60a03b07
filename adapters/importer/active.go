package importer

import (
	"crypto/sha256"
	"io"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// activeLearners are the learners whom a file both enrolls in a course and withdraws from it. It has an entry for each row that
// withdraws, so its memory does not grow with the other rows.
type activeLearners struct {
	enrolled map[[16]byte]bool // by hash of course and learner; true: another row enrolls the learner
	file     string            // hash of the whole file: what a row means depends on all of it
}

// findActive reads a file twice, and leaves it at its start: for the rows that withdraw, and for those that enroll the same learners.
func findActive(file io.ReadSeeker, sc schema, options Options) (*activeLearners, error) {
	a := &activeLearners{enrolled: map[[16]byte]bool{}}
	err := a.scan(file, sc, options, func(action ports.Action) {
		if w, ok := action.(ports.Withdraw); ok {
			a.enrolled[pair(w.Course, w.Learner)] = false
		}
	})
	if err == nil && len(a.enrolled) > 0 {
		err = a.scan(file, sc, options, func(action ports.Action) {
			if e, ok := action.(ports.Enroll); ok {
				key := pair(e.Course, e.Learner)
				if _, withdrawn := a.enrolled[key]; withdrawn {
					a.enrolled[key] = true
				}
			}
		})
	}
	return a, err
}

// scan calls use for the action of each valid row.
func (a *activeLearners) scan(file io.ReadSeeker, sc schema, options Options, use func(ports.Action)) error {
	r, err := newRowReader(file, sc, options, nil)
	if err == nil {
		err = r.each(func(next row) {
			if next.action != nil {
				use(next.action)
			}
		})
	}
	if err != nil {
		return err
	}
	a.file = r.sum()
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// skips reports whether the action withdraws a learner whom another row enrolls.
func (a *activeLearners) skips(action ports.Action) bool {
	w, ok := action.(ports.Withdraw)
	return ok && a != nil && a.enrolled[pair(w.Course, w.Learner)]
}

func pair(course domain.CourseID, learner domain.LearnerID) [16]byte {
	sum := sha256.Sum256([]byte(string(course) + "\x00" + string(learner))) // no id has a NUL
	return [16]byte(sum[:16])
}
