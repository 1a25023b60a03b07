#!/usr/bin/env bash
# JetStream acknowledges a scheduled message and drops it, if its stream keeps messages by interest and consumers read only what is due.
#
# Guess:    A schedule is kept until its time, whatever the stream does with messages that are due. If a stream cannot keep it, it is refused, as
#           it is if the stream discards new messages. It comes at its time or later.
# Instead:  The schedule is a message on its own subject, and the stream's rules apply to it. With interest retention and consumers of the target
#           alone it is removed at once; with a maximum age below the delay it is removed before its time. The acknowledgement has a sequence
#           number and no error. A work queue keeps it. WithScheduleAt sends whole seconds, so a message may come up to a second early.
# Versions: nats-server v2.15.2, nats.go v1.55.0, one server.
# Source:   nats-server server/stream.go:7254 skips a message without interest in its subject; stream.go:2087 refuses schedules only with
#           discard new. The comments in nats.go jetstream/jetstream_options.go:752 name no retention. It is reported in
#           https://github.com/nats-io/nats-server/issues/7408; the design document ADR-51 was changed to say so.
# Users:    A reminder or a delayed retry in a stream of events is lost without a trace. Schedule in a work queue, or add a durable consumer of
#           the schedules' subjects that nothing reads: each schedule is removed when it is due.
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
	"runtime/debug"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == "github.com/nats-io/nats.go" || d.Path == "github.com/nats-io/nats-server/v2" {
			fmt.Println(d.Path, d.Version)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: os.Args[1], NoSigs: true})
	check(err)
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		log.Fatal("the server does not start")
	}
	nc, err := nats.Connect(s.ClientURL())
	check(err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	check(err)
	exact(ctx, js, time.Date(2040, 1, 2, 3, 4, 5, 900_000_000, time.UTC))
	try(ctx, js, "limits", jetstream.LimitsPolicy, 0, "seats.due")
	try(ctx, js, "limits, maximum age of 1s", jetstream.LimitsPolicy, time.Second, "seats.due")
	try(ctx, js, "work queue", jetstream.WorkQueuePolicy, 0, "seats.due")
	try(ctx, js, "interest", jetstream.InterestPolicy, 0, "seats.due")
	try(ctx, js, "interest, idle consumer of schedules", jetstream.InterestPolicy, 0, "seats.due", "seats.later.>")
}

// try makes a stream with a consumer for each filter, schedules a message, and reads from the first consumer.
func try(ctx context.Context, js jetstream.JetStream, name string, retention jetstream.RetentionPolicy, age time.Duration, filters ...string) {
	stream, err := js.CreateStream(ctx, jetstream.StreamConfig{
		Name: "SEATS", Subjects: []string{"seats.>"}, Retention: retention, MaxAge: age, AllowMsgSchedules: true,
	})
	check(err)
	var consumers []jetstream.Consumer
	for i, filter := range filters {
		c, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: fmt.Sprint("c", i), FilterSubject: filter})
		check(err)
		consumers = append(consumers, c)
	}
	ack, err := js.Publish(ctx, "seats.later.1", nil,
		jetstream.WithScheduleAt(time.Now().Add(3*time.Second)), jetstream.WithScheduleTarget("seats.due"))
	check(err)
	before := stored(ctx, stream)
	batch, err := consumers[0].Fetch(1, jetstream.FetchMaxWait(5*time.Second))
	check(err)
	delivered := 0
	for m := range batch.Messages() {
		check(m.DoubleAck(ctx))
		delivered++
	}
	fmt.Printf("%s: acknowledged as number %d, stored %d, delivered %d, stored %d\n", name, ack.Sequence, before, delivered, stored(ctx, stream))
	check(js.DeleteStream(ctx, "SEATS"))
}

// exact shows the time that is sent for a schedule.
func exact(ctx context.Context, js jetstream.JetStream, at time.Time) {
	stream, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "SEATS", Subjects: []string{"seats.>"}, AllowMsgSchedules: true})
	check(err)
	ack, err := js.Publish(ctx, "seats.later.1", nil, jetstream.WithScheduleAt(at), jetstream.WithScheduleTarget("seats.due"))
	check(err)
	m, err := stream.GetMsg(ctx, ack.Sequence)
	check(err)
	fmt.Printf("%s is sent as %q\n", at.Format(time.RFC3339Nano), m.Header.Get("Nats-Schedule"))
	check(js.DeleteStream(ctx, "SEATS"))
}

func stored(ctx context.Context, s jetstream.Stream) uint64 {
	info, err := s.Info(ctx)
	check(err)
	return info.State.Msgs
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
GO
go mod init finding >log 2>&1
go get github.com/nats-io/nats-server/v2/server@v2.15.2 github.com/nats-io/nats.go/jetstream@v1.55.0 >>log 2>&1 || { cat log; echo "NOT RUN: the modules cannot be downloaded"; exit 2; }
go run . "$dir/store" | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
github.com/nats-io/nats-server/v2 v2.15.2
github.com/nats-io/nats.go v1.55.0
2040-01-02T03:04:05.9Z is sent as "@at 2040-01-02T03:04:05Z"
limits: acknowledged as number 1, stored 1, delivered 1, stored 1
limits, maximum age of 1s: acknowledged as number 1, stored 1, delivered 0, stored 0
work queue: acknowledged as number 1, stored 1, delivered 1, stored 0
interest: acknowledged as number 1, stored 0, delivered 0, stored 0
interest, idle consumer of schedules: acknowledged as number 1, stored 1, delivered 1, stored 0
EXPECTED
