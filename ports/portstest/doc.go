// Package portstest holds the conformance suites of the driven ports: what the comments of package ports promise, as cases
// that every adapter runs. Each case starts on a store of its own and names the rule that it enforces.
//
// The suites are tested in turn: stores and buses broken on purpose, each named after the outage that it would cause, must be caught.
package portstest
