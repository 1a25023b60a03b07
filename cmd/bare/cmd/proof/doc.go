// Package proof tests the whole service from outside: through its entry points, on every store.
package proof
