#!/usr/bin/env bash
# In a key-value bucket of NATS that has reached its MaxBytes, no key can be deleted or purged, unless its value is long.
#
# Guess:    A full bucket refuses Put, and Delete and Purge make room again. Purge is documented as destructive: it removes all revisions of a key.
# Instead:  Both are refused with "maximum bytes exceeded", because each stores a marker, and the bucket has no room for it. The marker is only
#           accepted if the key has as many revisions as History allows, and the oldest is longer than the marker. So with History 1 the delete
#           of a long value works, and that of a short one fails; with History 2 it fails for any key with one revision. PurgeDeletes reports
#           success and removes nothing.
# Versions: nats-server v2.15.2, nats.go v1.55.0, one server, a bucket in files.
# Source:   nats-server server/filestore.go:5406, storeRawMsg: a bucket discards what is new (nats.go jetstream/kv.go), and the exception for a
#           message that replaces another one compares the two sizes. memstore.go:277 does the same. A rollup is not an exception.
# Users:    Locks, flags and leases have short values: a full bucket keeps the lock of a process that released it. Give the bucket a TTL, or leave
#           MaxBytes unset and alert on the size. To repair it, raise MaxBytes, or purge the key's subject in the stream KV_NAME. That purge leaves
#           no marker, so watchers are not notified.
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
	"log"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const full = 10077 // the code of "maximum bytes exceeded"

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
	for _, history := range []uint8{1, 2} {
		kv, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: fmt.Sprint("history-", history), History: history, MaxBytes: 20_000})
		check(err)
		fmt.Println(kv.Bucket())
		long, short := fill(ctx, kv)
		try("Delete of a short value", kv.Delete(ctx, short))
		try("Purge of a short value", kv.Purge(ctx, short))
		try("Delete of a long value", kv.Delete(ctx, long))
		if history == 1 {
			continue
		}
		try("Purge of a long value", kv.Purge(ctx, long))
		try("PurgeDeletes", kv.PurgeDeletes(ctx))
		_, err = kv.Get(ctx, long)
		try("Get of a long value", err)
		stream, err := js.Stream(ctx, "KV_"+kv.Bucket())
		check(err)
		try("purge of the subject in the stream", stream.Purge(ctx, jetstream.WithPurgeSubject("$KV."+kv.Bucket()+"."+long)))
		try("Delete of a short value", kv.Delete(ctx, short))
	}
}

// fill puts values until the bucket does not take another byte, and returns a key with a long value and one with a short value.
func fill(ctx context.Context, kv jetstream.KeyValue) (long, short string) {
	for _, size := range []int{1000, 1} {
		for n := 1; ; n++ {
			if n > 100 {
				log.Fatal("the bucket does not become full")
			}
			if _, err := kv.Put(ctx, fmt.Sprintf("bytes-%d-%d", size, n), []byte(strings.Repeat("x", size))); err != nil {
				try(fmt.Sprintf("Put of %d more", size), err)
				break
			}
		}
	}
	return "bytes-1000-1", "bytes-1-1"
}

func try(what string, err error) {
	var api *jetstream.APIError
	switch {
	case err == nil:
		fmt.Printf("  %s: done\n", what)
	case errors.As(err, &api) && api.ErrorCode == full:
		fmt.Printf("  %s: %s\n", what, api.Description)
	default:
		log.Fatal(what, ": ", err)
	}
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
history-1
  Put of 1000 more: maximum bytes exceeded
  Put of 1 more: maximum bytes exceeded
  Delete of a short value: maximum bytes exceeded
  Purge of a short value: maximum bytes exceeded
  Delete of a long value: done
history-2
  Put of 1000 more: maximum bytes exceeded
  Put of 1 more: maximum bytes exceeded
  Delete of a short value: maximum bytes exceeded
  Purge of a short value: maximum bytes exceeded
  Delete of a long value: maximum bytes exceeded
  Purge of a long value: maximum bytes exceeded
  PurgeDeletes: done
  Get of a long value: done
  purge of the subject in the stream: done
  Delete of a short value: done
EXPECTED
