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

// A core is a fake of the application. It does every command once per key and stores dead letters. Commands of a tenant that are
// submitted together share a transaction: if fail returns an error for one of them, all get it.
type core struct {
	mu     sync.Mutex
	fail   func(submit int, c ports.Command) error // nil: never; submit is the number of earlier calls of Submit
	refuse func(c ports.Command) domain.Kind       // nil: never
	putErr error

	submits [][]ports.Command
	done    []ports.Command          // in order
	replies map[string]ports.Outcome // by tenant and key
	puts    int                      // calls of PutDeadLetters
	dead    map[domain.TenantID]map[string]ports.DeadLetter
}

func newCore() *core {
	return &core{replies: map[string]ports.Outcome{}, dead: map[domain.TenantID]map[string]ports.DeadLetter{}}
}

// Submit implements [ports.Commands]. It takes a millisecond.
func (c *core) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	time.Sleep(time.Millisecond) // steady: the tests that measure it run in a bubble
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
	if before, ok := c.replies[key]; ok {
		return ports.Reply{Outcomes: []ports.Outcome{before}, Replayed: true}
	}
	outcome := ports.Outcome{Standing: domain.Standing{Status: domain.Enrolled}}
	if c.refuse != nil && c.refuse(command) != "" {
		outcome = ports.Outcome{Refused: c.refuse(command)}
	} else {
		c.done = append(c.done, command)
	}
	c.replies[key] = outcome
	return ports.Reply{Outcomes: []ports.Outcome{outcome}}
}

// PutDeadLetters implements [ports.DeadLetters].
func (c *core) PutDeadLetters(ctx context.Context, by ports.Actor, added []ports.DeadLetter) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmp.Or(c.putErr, ctx.Err()); err != nil {
		return err
	}
	c.puts++
	if c.dead[by.Tenant] == nil {
		c.dead[by.Tenant] = map[string]ports.DeadLetter{}
	}
	for _, l := range added {
		l.Attempts += c.dead[by.Tenant][l.ID].Attempts
		c.dead[by.Tenant][l.ID] = l
	}
	return nil
}

// ListDeadLetters implements [ports.DeadLetters].
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

// DeleteDeadLetters implements [ports.DeadLetters].
func (c *core) DeleteDeadLetters(_ context.Context, by ports.Actor, ids []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		delete(c.dead[by.Tenant], id)
	}
	return nil
}

// order returns the enrolled learners, in order.
func (c *core) order() string {
	var names []string
	for _, command := range c.done {
		names = append(names, string(command.Actions[0].(ports.Enroll).Learner))
	}
	return strings.Join(names, " ")
}

// queuedCommand returns the n-th command of a tenant's queue: learner n enrolls in the course.
func queuedCommand(tenant domain.TenantID, n int) ports.QueuedCommand {
	name := fmt.Sprintf("%s-%d", tenant, n)
	return ports.QueuedCommand{
		Tenant: tenant, ID: "id-" + name, Body: []byte(name), Attempts: 1,
		Command: ports.Command{
			By: ports.Actor{Tenant: tenant, Subject: "queue", Role: ports.Staff}, Key: "key-" + name,
			Actions: []ports.Action{ports.Enroll{Course: "go-101", Learner: domain.LearnerID(name)}},
		},
	}
}

func queuedCommands(tenant domain.TenantID, n int) (batch []ports.QueuedCommand) {
	for i := range n {
		batch = append(batch, queuedCommand(tenant, i))
	}
	return batch
}

// names returns what [core.order] should return after a batch.
func names(batch []ports.QueuedCommand) string {
	var all []string
	for _, c := range batch {
		all = append(all, string(c.Body))
	}
	return strings.Join(all, " ")
}

func newWorker(c *core) *worker.Worker { return worker.New(c, c, quiet) }
