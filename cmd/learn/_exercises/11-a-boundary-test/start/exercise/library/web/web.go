// Package web is the entry point for browsers.
package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/roster/exercise/library/desk"
	"example.com/roster/exercise/library/lending"
)

// Handler lends books: POST /loans?book=B&reader=R.
func Handler(loans desk.Loans, now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /loans", func(w http.ResponseWriter, r *http.Request) {
		loan, err := desk.Borrow(r.Context(), loans, r.FormValue("book"), r.FormValue("reader"), now())
		switch {
		case errors.Is(err, lending.ErrTooMany):
			http.Error(w, "you have five books", http.StatusConflict)
		case err != nil:
			http.Error(w, "try again", http.StatusInternalServerError)
		default:
			fmt.Fprintln(w, "return it by", loan.Due.Format(time.DateOnly))
		}
	})
	return mux
}
