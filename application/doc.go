// Package application is the core's workflows: it implements the driving ports (package ports) with the driven ones and the
// rules (package domain). It decides who may ask, what runs in one transaction, what a key means, and nothing about seats.
//
// There is one way through, for one command and for a thousand: admit, load, decide, save.
package application
