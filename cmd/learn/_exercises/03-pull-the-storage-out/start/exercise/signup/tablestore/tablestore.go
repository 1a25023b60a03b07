// Package tablestore keeps courses and standings in tables.
package tablestore
