package worker_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/roster/adapters/worker"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	quiet = slog.New(slog.DiscardHandler)
	queue = ports.Actor{Tenant: "default", Subject: "queue", Role: ports.Staff}
)

// A core does every command once per key and keeps dead letters, as the real one does. Commands of a tenant that are submitted
// together share a transaction, so where fail has an error for one of them, all get it.
type core struct {
	mu      sync.Mutex
	fail    func(submit int, c ports.Command) error // nil: never; asked with how many Submits were before
	refuse  func(c ports.Command) domain.Kind       // nil: never
	buryErr error

	submits [][]ports.Command
	did     []ports.Command // in order
	kept    map[string]ports.Outcome
	burials int
	dead    map[domain.TenantID]map[string]ports.DeadLetter
}

func newCore() *core {
	return &core{kept: map[string]ports.Outcome{}, dead: map[domain.TenantID]map[string]ports.DeadLetter{}}
}

// Submit implements [ports.Commands]. It takes a millisecond.
func (c *core) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	time.Sleep(time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.submits)
	c.submits = append(c.submits, commands)
	failed := map[domain.TenantID]error{}
	for _, command := range commands {
		if c.fail != nil && failed[command.By.Tenant] == nil {
			failed[command.By.Tenant] = c.fail(n, command)
		}
	}
	late := ctx.Err() != nil
	replies := make([]ports.Reply, len(commands))
	for i, command := range commands {
		switch err := failed[command.By.Tenant]; {
		case late:
			replies[i].Err = ports.ErrInProgress
		case err != nil:
			replies[i].Err = err
		default:
			replies[i] = c.reply(command)
		}
	}
	return replies
}

func (c *core) reply(command ports.Command) ports.Reply {
	key := fmt.Sprint(command.By.Tenant, " ", command.Key)
	if before, ok := c.kept[key]; ok {
		return ports.Reply{Outcomes: []ports.Outcome{before}, Replayed: true}
	}
	outcome := ports.Outcome{Standing: domain.Standing{Status: domain.Enrolled}}
	if c.refuse != nil && c.refuse(command) != "" {
		outcome = ports.Outcome{Refused: c.refuse(command)}
	} else {
		c.did = append(c.did, command)
	}
	c.kept[key] = outcome
	return ports.Reply{Outcomes: []ports.Outcome{outcome}}
}

// Bury implements [ports.DeadLetters].
func (c *core) PutDeadLetters(ctx context.Context, by ports.Actor, letters []ports.DeadLetter) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmp.Or(c.buryErr, ctx.Err()); err != nil {
		return err
	}
	c.burials++
	if c.dead[by.Tenant] == nil {
		c.dead[by.Tenant] = map[string]ports.DeadLetter{}
	}
	for _, l := range letters {
		l.Attempts += c.dead[by.Tenant][l.ID].Attempts
		c.dead[by.Tenant][l.ID] = l
	}
	return nil
}

// DeadLetters implements [ports.DeadLetters].
func (c *core) ListDeadLetters(_ context.Context, by ports.Actor, page ports.DeadLetterPage) (found []ports.DeadLetter, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(c.dead[by.Tenant])) {
		if id > page.After && len(found) < page.Limit {
			found = append(found, c.dead[by.Tenant][id])
		}
	}
	return found, nil
}

// Settle implements [ports.DeadLetters].
func (c *core) DeleteDeadLetters(_ context.Context, by ports.Actor, ids []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		delete(c.dead[by.Tenant], id)
	}
	return nil
}

// order tells who was enrolled, in order.
func (c *core) order() string {
	var names []string
	for _, command := range c.did {
		names = append(names, string(command.Actions[0].(ports.Enroll).Learner))
	}
	return strings.Join(names, " ")
}

// letter is the n-th letter of a tenant's queue: learner n of the course asks for a seat.
func letter(tenant domain.TenantID, n int) ports.QueuedCommand {
	name := fmt.Sprintf("%s-%d", tenant, n)
	return ports.QueuedCommand{
		Tenant: tenant, ID: "id-" + name, Body: []byte(name), Attempts: 1,
		Command: ports.Command{
			By: ports.Actor{Tenant: tenant, Subject: "queue", Role: ports.Staff}, Key: "key-" + name,
			Actions: []ports.Action{ports.Enroll{Course: "go-101", Learner: domain.LearnerID(name)}},
		},
	}
}

func letters(tenant domain.TenantID, n int) (some []ports.QueuedCommand) {
	for i := range n {
		some = append(some, letter(tenant, i))
	}
	return some
}

// names is what [core.order] should be after letters.
func names(letters []ports.QueuedCommand) string {
	var all []string
	for _, l := range letters {
		all = append(all, string(l.Body))
	}
	return strings.Join(all, " ")
}

func newWorker(c *core) *worker.Worker { return worker.New(c, c, quiet) }
