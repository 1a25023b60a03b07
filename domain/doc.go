// Package domain holds the rules of a course with a waitlist: who gets a seat, who waits, who is promoted.
//
// A [Roster] decides in memory, from a course, the standings of the learners concerned and the first learners on the waitlist. It
// has no clock, no source of identifiers, no storage and no protocol. Every decision is a list of [Event]s, and only applying an
// event changes a roster, so a roster can be rebuilt from its journal alone.
//
// One invariant holds on every open course: if a seat is free, the waitlist is empty.
package domain
