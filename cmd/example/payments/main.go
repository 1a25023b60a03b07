// Command payments charges whoever gets a seat, and has roster take the seat back where the charge is refused.
//
//	go run ./cmd/example/payments --broker-file roster-data/nats/broker.json
//
// It is another service: it knows the messages, and nothing of roster's code. Package charging is what to copy.
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

	"example.com/roster/cmd/example/payments/charging"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "payments:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("payments", flag.ContinueOnError)
	flags.SetOutput(stderr)
	natsURL := flags.String("nats-url", nats.DefaultURL, "the broker, nats://… or several with commas")
	brokerFile := flags.String("broker-file", "", "instead: the file that tells of the broker inside roster serve")
	database := flags.String("database", "payments.db", "the file of this service's own database")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	conn, err := connect(*natsURL, *brokerFile, func() { end(errGone) })
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	cashier, err := charging.Open(ctx, *database, charging.Rule{}, charging.NewQueue(js))
	if err != nil {
		return err
	}
	defer cashier.Close()
	return cmp.Or(cashier.Follow(ctx, js, slog.New(slog.NewTextHandler(stderr, nil))), why(ctx))
}

var errGone = errors.New("the broker has ended: start again when roster serve is back")

// why returns [errGone] if that is what has ended ctx; to be told to end is no error.
func why(ctx context.Context) error {
	if err := context.Cause(ctx); errors.Is(err, errGone) {
		return err
	}
	return nil
}

// connect connects to the broker at url, for as long as it takes; or to the one that a file tells of, until that ends: when it
// is back it is elsewhere.
func connect(url, file string, gone func()) (*nats.Conn, error) {
	options := []nats.Option{nats.Name("payments"), nats.MaxReconnects(-1)}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var broker struct{ URL string } // with its token
		if err := json.Unmarshal(text, &broker); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		url, options = broker.URL, append(options, nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { gone() }))
	}
	return nats.Connect(url, options...)
}
