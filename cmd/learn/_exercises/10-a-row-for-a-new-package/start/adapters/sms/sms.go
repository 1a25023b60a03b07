// Package sms is the entry point for text messages: a learner sends "enroll go-101" or "withdraw go-101", and gets one line back.
package sms

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"example.com/roster/adapters/internal/spelling"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Message is what the gateway of the telephone company sends. The gateway knows which learner has the number.
type Message struct {
	Learner domain.LearnerID
	Text    string
	At      time.Time
}

// A Desk answers messages. It is safe for concurrent use.
type Desk struct {
	core   ports.Commands
	tenant domain.TenantID
	log    *slog.Logger

	mu     sync.Mutex
	limits map[domain.LearnerID]*rate.Limiter
}

// New returns a desk that submits the commands of a tenant's learners.
func New(core ports.Commands, tenant domain.TenantID, log *slog.Logger) *Desk {
	return &Desk{core: core, tenant: tenant, log: log, limits: make(map[domain.LearnerID]*rate.Limiter)}
}

var verbs = []string{"enroll", "withdraw"}

// Answer runs the command of a message, and returns the text to send back. It is empty if the learner sends too many messages.
func (d *Desk) Answer(ctx context.Context, m Message) string {
	if !d.allow(m) {
		return ""
	}
	words := strings.Fields(m.Text)
	if len(words) != 2 {
		return `Send "enroll COURSE" or "withdraw COURSE".`
	}
	course := domain.CourseID(words[1])
	var action ports.Action
	switch verb := strings.ToLower(words[0]); verb {
	case "enroll":
		action = ports.Enroll{Course: course, Learner: m.Learner}
	case "withdraw":
		action = ports.Withdraw{Course: course, Learner: m.Learner}
	default:
		if meant := spelling.Meant(verb, verbs); meant != "" {
			return "Did you mean " + meant + "?"
		}
		return `Send "enroll COURSE" or "withdraw COURSE".`
	}
	by := ports.Actor{Tenant: d.tenant, Subject: string(m.Learner), Role: ports.Learner}
	done, err := d.core.Submit(ctx, ports.Command{By: by, Actions: []ports.Action{action}})[0].One()
	if err != nil {
		d.log.WarnContext(ctx, "message", "error", err)
		return "Not done: " + strings.ReplaceAll(string(ports.KindOf(err)), "_", " ") + "."
	}
	return "You are " + string(done.Standing.Status) + "."
}

// allow reports whether the learner may send another message: three at once, then one a minute.
func (d *Desk) allow(m Message) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limits[m.Learner] == nil {
		d.limits[m.Learner] = rate.NewLimiter(rate.Every(time.Minute), 3)
	}
	return d.limits[m.Learner].AllowN(m.At, 1)
}
