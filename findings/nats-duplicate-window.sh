#!/usr/bin/env bash
# A restart of a NATS server shortens the duplicate window of a stream: the ids of removed messages are lost.
#
# Guess:    A stream that stores in files remembers each Nats-Msg-Id for its whole duplicate window, here one hour. A restart of
#           the server changes nothing: a second publication is a duplicate before it and after it.
# Instead:  After a restart the stream knows only the ids of messages that it still stores. An id is new again if its message was
#           acknowledged in a work queue, or removed by a limit. Before the restart it was a duplicate, although its message was
#           removed then, too.
# Versions: nats-server v2.15.2, nats.go v1.55.0, one server with one replica.
# Source:   nats-server server/stream.go:1634, rebuildDedupe: it reads the ids from the stored messages. Reported in
#           https://github.com/nats-io/nats-server/issues/3272. The documentation of StreamConfig.Duplicates (nats.go
#           jetstream/stream_config.go:136) says only "the window within which to track duplicate messages".
# Users:    A publisher that retries after the server restarted can have a command run twice, within the window. The consumer must
#           recognize a command itself, by a key that it stores with the result. A longer window does not help.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println("nats-server", server.VERSION, "nats.go", nats.Version)

	js, stop := start()
	for _, c := range []jetstream.StreamConfig{
		{Name: "kept"},
		{Name: "acknowledged", Retention: jetstream.WorkQueuePolicy},
		{Name: "limited", MaxMsgs: 1},
	} {
		c.Subjects, c.Storage, c.Duplicates = []string{c.Name}, jetstream.FileStorage, time.Hour
		must(js.CreateStream(ctx, c))
	}
	publish(ctx, js, "first")
	consumer := must(js.CreateConsumer(ctx, "acknowledged", jetstream.ConsumerConfig{Durable: "worker", AckPolicy: jetstream.AckExplicitPolicy}))
	message := must(consumer.Next())
	must(0, message.DoubleAck(ctx))
	must(js.Publish(ctx, "limited", nil, jetstream.WithMsgID("other"))) // replaces the first message
	publish(ctx, js, "again")
	stop()

	js, stop = start()
	defer stop()
	publish(ctx, js, "restarted")
	consumer = must(js.Consumer(ctx, "acknowledged", "worker"))
	fmt.Println("the worker gets the command again:", must(consumer.Next()).Headers().Get("Nats-Msg-Id"))
}

func publish(ctx context.Context, js jetstream.JetStream, when string) {
	for _, stream := range []string{"kept", "acknowledged", "limited"} {
		ack := must(js.Publish(ctx, stream, nil, jetstream.WithMsgID("id-1")))
		fmt.Printf("%-9s %-12s duplicate=%v\n", when, stream, ack.Duplicate)
	}
}

func start() (jetstream.JetStream, func()) {
	s := must(server.NewServer(&server.Options{JetStream: true, StoreDir: "store", DontListen: true, NoLog: true, NoSigs: true}))
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		log.Fatal("the server does not start")
	}
	conn := must(nats.Connect("", nats.InProcessServer(s)))
	return must(jetstream.New(conn)), func() {
		conn.Close()
		s.Shutdown()
		s.WaitForShutdown()
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	return v
}
GO
go mod init finding >log 2>&1
go get github.com/nats-io/nats-server/v2/server@v2.15.2 github.com/nats-io/nats.go/jetstream@v1.55.0 >>log 2>&1 || { cat log; echo "NOT RUN: the modules cannot be downloaded"; exit 2; }
go run . | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
nats-server 2.15.2 nats.go 1.55.0
first     kept         duplicate=false
first     acknowledged duplicate=false
first     limited      duplicate=false
again     kept         duplicate=true
again     acknowledged duplicate=true
again     limited      duplicate=true
restarted kept         duplicate=true
restarted acknowledged duplicate=false
restarted limited      duplicate=false
the worker gets the command again: id-1
EXPECTED
