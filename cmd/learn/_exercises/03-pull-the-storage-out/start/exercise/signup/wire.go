// Package signup puts the service together. It is the one package that knows all others.
package signup

import (
	"net/http"

	"example.com/roster/exercise/signup/table"
	"example.com/roster/exercise/signup/web"
)

// New returns the service on a database.
func New(db *table.DB) http.Handler { return web.New(db) }
