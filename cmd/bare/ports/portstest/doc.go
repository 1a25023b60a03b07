// Package portstest is the contract of the driven ports as tests. Every store passes them, and the one in memory passes them first.
// The name of each case is the rule that it tests.
package portstest
