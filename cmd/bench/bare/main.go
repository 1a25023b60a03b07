// Command bare is a minimal echo server. The bench compares its startup time with roster's.
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
