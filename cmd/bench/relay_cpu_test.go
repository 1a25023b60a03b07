package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports/portstest"
)

// While the bench holds the lock of the relay, a process that held it is no longer the leader. Afterwards one can be the leader again.
func TestWithoutRelay(t *testing.T) {
	t.Parallel()
	at := pgtest.Database(t, postgres.Migrate)
	store, err := postgres.Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	leading, lost := make(chan struct{}), make(chan error, 1)
	go func() {
		lost <- store.WithLock(t.Context(), "relay", func(ctx context.Context) error {
			close(leading)
			<-ctx.Done()
			return nil
		})
	}()
	portstest.Receive(t, "the lock", leading)
	db, b := asSuperuser(t, at), &bench{ctx: t.Context()}
	called := false
	err = b.withoutRelay(&target{source: superuserURL(t, at)}, func() error {
		called = true
		if err := portstest.Receive(t, "the end of the leader", lost); err == nil {
			t.Error("the leader has the lock")
		}
		var free bool
		err := db.QueryRow("SELECT pg_try_advisory_lock(hashtextextended('roster turn relay', 0))").Scan(&free)
		if free {
			err = errors.New("another process can be the leader")
		}
		return err
	})
	if err != nil || !called {
		t.Fatalf("called: %t, %v", called, err)
	}
	if err := store.WithLock(t.Context(), "relay", func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestCommandCost(t *testing.T) {
	t.Parallel()
	cost := commandCost{answers: 1000, commands: cpuUse{serve: 120 * time.Millisecond, database: 80 * time.Millisecond}}
	if got := cost.perCommand(); got != 200 {
		t.Errorf("%g µs per command, want 200", got)
	}
	dear := commandCost{answers: 100, commands: cpuUse{serve: 30 * time.Millisecond}}
	for _, c := range []struct{ a, b, want commandCost }{
		{commandCost{}, dear, dear}, // nothing was measured yet
		{cost, dear, cost},
		{dear, cost, cost},
	} {
		if got := cheaper(c.a, c.b); got != c.want {
			t.Errorf("got %+v, want %+v", got, c.want)
		}
	}
}
