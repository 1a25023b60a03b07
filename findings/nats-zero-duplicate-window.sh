#!/usr/bin/env bash
# JetStream turns duplicate detection off only for a stream that has a source.
#
# Guess:    A duplicate window of zero means the default of two minutes for every stream, because a client omits a zero.
# Instead:  It depends on another setting. A stream without sources gets two minutes, and 100 ms is the least that can be asked for.
#           The same configuration with a source, even one that never has a message, keeps a window of zero, and equal ids are
#           stored twice.
# Versions: nats-server v2.15.2, nats.go v1.55.0, one server.
# Source:   nats-server server/stream.go:2005 (pull request #7651, in 2.14). The documentation of StreamConfig.Duplicates (nats.go
#           jetstream/stream_config.go:136) says only "If not set, server default is 2 minutes".
# Users:    A command stream that several tenants share must not drop the command of one because another used its id. The consumer
#           recognizes repeats by a key of its own, so detection in the broker only does harm. An empty source stream turns it off.
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
	s := must(server.NewServer(&server.Options{JetStream: true, StoreDir: "store", DontListen: true, NoLog: true, NoSigs: true}))
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		log.Fatal("the server does not start")
	}
	conn := must(nats.Connect("", nats.InProcessServer(s)))
	js := must(jetstream.New(conn))
	must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "empty", Subjects: []string{"empty"}}))

	show(ctx, js, "without a source", jetstream.StreamConfig{Name: "a", Subjects: []string{"a"}})
	show(ctx, js, "with a source", jetstream.StreamConfig{Name: "b", Subjects: []string{"b"}, Sources: []*jetstream.StreamSource{{Name: "empty"}}})
	_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "c", Subjects: []string{"c"}, Duplicates: time.Millisecond})
	fmt.Println("one millisecond:", err)
	conn.Close()
	s.Shutdown()
	s.WaitForShutdown()
}

func show(ctx context.Context, js jetstream.JetStream, what string, c jetstream.StreamConfig) {
	stream := must(js.CreateStream(ctx, c))
	for range 2 {
		must(js.Publish(ctx, c.Name, nil, jetstream.WithMsgID("id-1")))
	}
	info := must(stream.Info(ctx))
	fmt.Printf("%s: window %v, %d of 2 messages with one id are stored\n", what, info.Config.Duplicates, info.State.Msgs)
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
without a source: window 2m0s, 1 of 2 messages with one id are stored
with a source: window 0s, 2 of 2 messages with one id are stored
one millisecond: nats: API error: code=500 err_code=10052 description=duplicates window needs to be >= 100ms
EXPECTED
