// Package domain holds the rules. They decide in memory from their arguments. The package has no clock, no storage and no protocol.
package domain
