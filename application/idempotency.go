package application

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"example.com/roster/ports"
)

// replyRetention is how long a reply is kept under its key. Callers are promised 24 hours; the rest allows for clocks that differ.
const replyRetention = 48 * time.Hour

// keyOf returns the key that a command's reply is kept under.
func keyOf(c *ports.Command) ports.IdempotencyKey {
	return ports.IdempotencyKey{Subject: c.By.Subject, Name: c.Key}
}

func compareKeys(a, b ports.IdempotencyKey) int {
	return cmp.Or(strings.Compare(a.Subject, b.Subject), strings.Compare(a.Name, b.Name))
}

// fingerprint tells what one command asks for from what every other does: the SHA-256 of its canonical bytes, in hex.
func fingerprint(c *ports.Command) string {
	b := make([]byte, 0, 64)
	if c.AllOrNothing {
		b = append(b, 'A')
	}
	for _, a := range c.Actions {
		b = a.AppendCanonical(b)
	}
	sum := sha256.Sum256(b)
	return string(hex.AppendEncode(make([]byte, 0, 2*len(sum)), sum[:]))
}
