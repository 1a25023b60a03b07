// Package application is the core's workflows. It implements the driving ports (package ports) with the driven ones and the
// rules (package domain). It decides who is authorized and what one transaction contains.
package application
