#!/usr/bin/env bash
# A NATS server whose streams are all in memory does not start without a directory that it can write, and never needs that directory again.
#
# Guess:    With streams in memory alone, StoreDir is of no use: the server starts on a read-only file system.
# Instead:  The server creates a directory in StoreDir, and a file in that if it was there, before it looks at any limit. If it cannot,
#           JetStream does not start. Removed right after the start, the directory is not missed: streams in memory are created, filled,
#           read and deleted, and it does not come back.
# Versions: nats-server v2.15.2, nats.go v1.55.0.
# Source:   nats-server server/jetstream.go:447, enableJetStream: "FIXME(dlc) - Allow memory only operation?". The documentation of the
#           setting store_dir does not mention streams in memory.
# Users:    A container with a read-only root file system needs a volume for a broker in memory, such as a tmpfs. A test can remove the
#           directory right after the start, so that nothing is left even if the process is killed.
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
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	fmt.Println("nats-server", server.VERSION, "nats.go", nats.Version)
	must(0, os.WriteFile("file", nil, 0o600))
	s, err := start("file") // no directory, for any user
	fmt.Println("without a directory:", err)
	s.Shutdown()
	s, err = start("store")
	defer s.Shutdown()
	fmt.Println("with a directory:", err)
	must(0, os.RemoveAll("store"))

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn := must(nats.Connect("", nats.InProcessServer(s)))
	defer conn.Close()
	js := must(jetstream.New(conn))
	stream := must(js.CreateStream(ctx, jetstream.StreamConfig{Name: "s", Subjects: []string{"s"}, Storage: jetstream.MemoryStorage}))
	must(js.Publish(ctx, "s", []byte(strings.Repeat("x", 1000))))
	message := must(stream.GetMsg(ctx, 1))
	must(0, js.DeleteStream(ctx, "s"))
	_, err = os.Stat("store")
	fmt.Println("without it afterwards, a message of", len(message.Data), "bytes is stored and read; the directory is still away:", errors.Is(err, fs.ErrNotExist))
}

// start starts a server, and JetStream with a limit for memory.
func start(store string) (*server.Server, error) {
	s := must(server.NewServer(&server.Options{DontListen: true, NoLog: true, NoSigs: true}))
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		log.Fatal("the server does not start")
	}
	return s, s.EnableJetStream(&server.JetStreamConfig{MaxMemory: 1 << 20, StoreDir: store})
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
GO
go mod init finding >log 2>&1
go get github.com/nats-io/nats-server/v2/server@v2.15.2 github.com/nats-io/nats.go/jetstream@v1.55.0 >>log 2>&1 || { cat log; echo "NOT RUN: the modules cannot be downloaded"; exit 2; }
go run . | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
nats-server 2.15.2 nats.go 1.55.0
without a directory: storage directory is not a directory
with a directory: <nil>
without it afterwards, a message of 1000 bytes is stored and read; the directory is still away: true
EXPECTED
