// Package ports is the contract between the core and everything around it, as io/fs is between programs and file systems.
//
// Driving ports (driving.go) are what the service offers: entry points such as HTTP, the command line and the import call
// them, and package application implements them. Driven ports (driven.go and others) are what the core needs: a store, a broker,
// a clock, a source of ids. Adapters implement them. Some projects call their HTTP handlers "ports"; here those are adapters, as
// in Alistair Cockburn's "Hexagonal architecture" (2005).
//
// The comments are the contract: package portstest quotes them, and runs them against every store and bus.
package ports

//go:generate go tool mockgen -source=driving.go -destination=portsmock/driving.go -package=portsmock
