// Package portstest holds the conformance suites of the driven ports: what the comments of package ports promise, as cases
// that every adapter runs. Each case starts on a store of its own and names the rule that it enforces.
//
// The suites have tests too: stores and buses that are broken on purpose must fail a case.
package portstest
