// Package record compares the service's record with a running system, with its source and with the program.
package record
