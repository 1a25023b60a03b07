// Package domain holds the rules of a course with a waitlist: who gets a seat, who waits, who moves up.
//
// A [Roster] decides in memory from what it was given: a course, the standings of the learners who are concerned and the
// head of the line. It knows no clock, no identifiers' source, no storage and no protocol. Every decision is told as
// [Event]s, and every change of a roster is made by applying one, so a roster can be rebuilt from its journal alone.
//
// One invariant holds on every open course: a free seat means an empty line.
package domain
