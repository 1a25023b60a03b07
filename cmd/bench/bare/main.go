// Command bare is the least that an echo server can be: what the start of roster is held against.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"
)

func main() {
	e := echo.New()
	e.GET("/healthz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	if err := http.ListenAndServe(os.Args[1], e); err != nil {
		log.Fatal(err)
	}
}
