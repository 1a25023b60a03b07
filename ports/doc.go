// Package ports is the contract between the core and the world, as io/fs is one between programs and file systems.
//
// Driving ports (driving.go) are what the service offers: doors such as HTTP, the command line and the import job call
// them, and package application implements them. Driven ports (driven.go) are what the core needs: a store, a clock, a
// source of ids. Adapters implement those. Some projects call their HTTP handlers "ports"; here those are adapters, as in
// Alistair Cockburn's "Hexagonal architecture" (2005).
//
// What the comments promise is a contract: package portstest quotes it, and runs it against every store.
package ports

//go:generate go tool mockgen -source=driving.go -destination=portsmock/driving.go -package=portsmock
