// Command occupancy keeps a table of how full each course is, from roster's events alone.
//
//	go run ./cmd/example/occupancy --broker-file roster-data/nats/broker.json
//
// It is another service: it knows roster's messages and none of its code. Copy package projection.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/cmd/example/occupancy/projection"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "occupancy:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("occupancy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	natsURL := flags.String("nats-url", "", "connect to the broker at this URL: nats://…, or several separated by commas; one with a password belongs into $NATS_URL")
	brokerFile := flags.String("broker-file", "", "connect to the broker embedded in roster serve, which this file describes")
	database := flags.String("database", "occupancy.db", "store this service's own database in this file")
	once := flags.Bool("once", false, "process all available events, print the table, and exit")
	adopt := flags.Bool("adopt", false, "like --once, for a new database: accept gaps, which purged journals have")
	if err := flags.Parse(args); err != nil {
		return err
	}
	projector, err := projection.Open(ctx, *database)
	if err != nil {
		return err
	}
	defer projector.Close()
	projector.Rebuild = *adopt
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conn, err := connect(cmp.Or(*natsURL, os.Getenv("NATS_URL"), nats.DefaultURL), *brokerFile, func() { cancel(errBrokerStopped) })
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	if !*once && !*adopt {
		return cmp.Or(projector.Follow(ctx, js, slog.New(slog.NewTextHandler(stderr, nil))), cause(ctx))
	}
	if err := projector.CatchUp(ctx, js); err != nil {
		return err
	}
	if *adopt {
		if _, err := projector.Adopt(ctx); err != nil {
			return err
		}
	}
	return show(ctx, projector, stdout)
}

var errBrokerStopped = errors.New("the broker has stopped: start again when roster serve is running")

// cause returns [errBrokerStopped] if it ended ctx; a signal is not an error.
func cause(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, errBrokerStopped) {
		return err
	}
	return nil
}

// connect connects to the broker at url and reconnects without limit. With a file it connects to the broker that the file
// describes, and calls closed when that broker stops: after a restart it has another address and token.
func connect(url, file string, closed func()) (*nats.Conn, error) {
	options := []nats.Option{nats.Name("occupancy"), nats.MaxReconnects(-1)}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var broker struct{ URL string } // includes the token
		if err := json.Unmarshal(text, &broker); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		url, options = broker.URL, append(options, nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { closed() }))
	}
	return nats.Connect(url, options...)
}

// show prints the read model, one line of JSON per course.
func show(ctx context.Context, p *projection.Projector, w io.Writer) error {
	rows, err := p.Rows(ctx)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	for _, r := range rows {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
