package sqlstore_test

import (
	"testing"

	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestStore(t, func(t testing.TB) ports.Store { return fresh(t).store(t) })
		})
	}
}

func TestFailedCommit(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			portstest.TestFailedCommit(t, func(t testing.TB, commit func() error) ports.Store {
				return fresh(t).through(t, faults{commit: func(tx func() error, rollback func() error) error {
					if err := commit(); err != nil {
						rollback()
						return err
					}
					return tx()
				}})
			})
		})
	}
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestOutbox(t, func(t testing.TB) portstest.OutboxStore { return fresh(t).store(t) })
		})
	}
}

func TestMaintenance(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestMaintenance(t, func(t testing.TB) portstest.MaintenanceStore { return fresh(t).store(t) })
		})
	}
}

func TestErasure(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestErasure(t, func(t testing.TB) portstest.ErasureStore { return fresh(t).store(t) })
		})
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestDeadLetters(t, func(t testing.TB) ports.DeadLetterStore { return fresh(t).store(t) })
		})
	}
}

func TestLocker(t *testing.T) {
	t.Parallel()
	for kind, fresh := range databases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			portstest.TestLocker(t, func(t testing.TB) (one, other ports.Locker) {
				db := fresh(t)
				return db.store(t), db.store(t)
			})
		})
	}
}
