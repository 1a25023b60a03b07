package usecase

import "example.com/roster/exercise/signup/rule"

// A Store keeps courses and what learners have on them. It is a port: this package says what it needs, and a storage provides it.
type Store interface {
	// Update loads the course and what the learner has on it, calls decide, and saves the changes.
	//  1. It saves all changes or, if decide returns an error, none. Then it returns that error as it is.
	//  2. From load to save, no other Update of the course loads or saves anything.
	//  3. It may call decide several times, each time with values that are loaded again. Only the last call counts.
	Update(course, learner string, decide func(Loaded) (Changes, error)) error
}

// Loaded is what a decision has to know.
type Loaded struct {
	Exists       bool // whether the course does
	Course       rule.Course
	Held         string // what the learner has on the course; empty if nothing
	FirstWaiting string // the learner who has waited longest; empty if no one waits
}

// Changes are what a decision changes.
type Changes struct {
	Course    rule.Course // new or replaced
	Standings []Standing  // new or replaced, in order: those who wait are served in the order in which they were saved
}

// A Standing is what a learner has on the course.
type Standing struct{ Learner, Status string }
