// Package ports is the contract between the core and everything around it, as io/fs is between programs and file systems.
//
// Driving ports (driving.go) are what the service offers: entry points call them, and package application implements them. Driven
// ports (driven.go and others) are what the core needs, and adapters implement them. The comments are the contract: package portstest
// quotes them, and runs them against every store.
package ports

//go:generate go tool mockgen -source=driving.go -destination=portsmock/driving.go -package=portsmock
