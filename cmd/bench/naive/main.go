// Command naive is the service that the bench compares with roster: HTTP, SQL and the rules in one handler function, as fast as that
// style allows. It answers the requests of the bench as roster does.
//
// It has no authentication, publishes no events and has no other entry point. All of that favours it.
//
// To try it by hand:
//
//	go run ./cmd/bench/naive -database-url sqlite:naive.db -migrate
//	go run ./cmd/bench/naive -database-url sqlite:naive.db -addr 127.0.0.1:8090
//	curl -i -X PUT  http://127.0.0.1:8090/v1/courses/go-101 -d '{"capacity":1}'
//	curl -i -X POST http://127.0.0.1:8090/v1/courses/go-101/enrollments -d '{"learnerId":"ada"}'
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"
)

func main() {
	log.SetFlags(0)
	database := flag.String("database-url", "", "sqlite:PATH or postgres://…")
	addr := flag.String("addr", "127.0.0.1:0", "listen on this address")
	migrate := flag.Bool("migrate", false, "create the tables, and exit")
	lock := flag.Bool("lock", true, "decide on the course while it is locked; with -lock=false, for lessons, several requests can get one seat")
	flag.Parse()
	if err := run(*database, *addr, *migrate, *lock); err != nil {
		log.Fatal(err)
	}
}

func run(database, addr string, migrate, lock bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	db, q, err := open(ctx, database, migrate)
	if err != nil || migrate {
		return err
	}
	defer db.Close()
	if !lock {
		if err := q.unlock(ctx, db); err != nil {
			return err
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	log.Print("serving url=http://", listener.Addr())
	server := &http.Server{Handler: routes(db, q), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func routes(db *sql.DB, q *statements) *echo.Echo {
	e := echo.New()
	e.PUT("/v1/courses/:course", newCourse(db))
	handle := enrollments(db, q)
	e.POST("/v1/courses/:course/enrollments", handle)
	e.DELETE("/v1/courses/:course/enrollments/:learner", handle)
	e.GET("/healthz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	return e
}
