// Package sample is a year of real registrations, and their expected result. README.md, beside this file and in [Notice],
// names the authors and the licence.
package sample

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"io"
)

var (
	//go:embed commands.csv.gz
	commands []byte
	//go:embed courses.csv
	courses []byte
	//go:embed expected.json.gz
	expected []byte
)

// About describes the sample in one line.
const About = "a year of real registrations"

// Notice names the authors and the licence of the data; it goes with every copy.
//
//go:embed README.md
var Notice string

// Commands returns 17,252 rows of course_id,learner_id,action after a header, in the order in which they happened.
func Commands() []byte { return unpack(commands) }

// Courses returns nine rows of course_id,title,capacity,waitlist after a header.
func Courses() []byte { return bytes.Clone(courses) }

// An Expectation is the expected result of the commands, by an independent model of the rules.
type Expectation struct {
	Commands int               `json:"commands"`
	Outcomes map[string]int    `json:"outcomes"` // by status or code; "promoted" counts the promotions that the commands caused
	Events   map[string]int    `json:"events"`   // by type
	Courses  map[string]Course `json:"courses"`  // by id
}

// A Course is the expected final state of a course.
type Course struct {
	Capacity   int      `json:"capacity"`
	Waitlist   bool     `json:"waitlist_enabled"`
	Enrolled   []string `json:"enrolled"`   // learners, sorted as text
	Waitlisted []string `json:"waitlisted"` // learners, in order of the waitlist
}

// Expected returns the expected result of the commands.
func Expected() Expectation {
	var e Expectation
	if err := json.Unmarshal(unpack(expected), &e); err != nil {
		panic(err) // it is embedded in the program
	}
	return e
}

// Changes returns the sum of all courses' sequences when everything is loaded.
func (e Expectation) Changes() int64 {
	changes := len(e.Courses) // each is opened once
	for _, n := range e.Events {
		changes += n
	}
	return int64(changes)
}

func unpack(packed []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err) // it is embedded in the program
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return text
}
