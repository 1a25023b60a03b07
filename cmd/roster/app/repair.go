package app

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/worker"
	"example.com/roster/domain"
)

type repair struct {
	natsURL
	DryRun      bool
	Republish   string
	PurgeStream bool
}

func (c *repair) Flags(f *pflag.FlagSet) {
	c.natsURL.Flags(f)
	f.BoolVar(&c.DryRun, "dry-run", false, "Show the dead letters, but change nothing.")
	f.StringVar(&c.Republish, "republish", "", "Publish again all events `SINCE` a time, such as 2026-11-20T08:00:00Z, or for a duration, such as 24h, instead of retrying dead letters.")
	f.BoolVar(&c.PurgeStream, "purge-stream", false, "Remove all events of all tenants from the broker first, such as after a restore of the database; needs --republish.")
}

// Run runs the tenant's dead letters again and prints each result.
func (c repair) Run(p *program, _ []string) error {
	since, err := c.validated(time.Now())
	if err != nil {
		return err
	}
	s, err := p.open()
	if err != nil {
		return err
	}
	if c.PurgeStream {
		if err := c.purgeStream(p); err != nil {
			return err
		}
	}
	if c.Republish != "" {
		return republish(s, since)
	}
	n := 0
	err = worker.Repair(s.Context, s.Service, s.By, nats.ReadCommand, c.DryRun, func(r worker.Repaired) error {
		n++
		view := toRepairedJSON(r)
		return s.Print(view, view.text())
	})
	if n == 0 && err == nil && !s.JSON {
		return s.Print(nil, "no dead letters")
	}
	if err != nil && n > 0 {
		return cli.AfterOutput{Err: err}
	}
	return err
}

// validated returns the time from which events are published again; zero if none are. Flags may not contradict each other, and the
// files for the broker must be readable.
func (c repair) validated(now time.Time) (since time.Time, err error) {
	switch err = c.validate(); {
	case err != nil:
	case c.Republish != "" && c.DryRun:
		err = cli.UsageError{Detail: "--dry-run shows dead letters, and would not show what --republish does: leave one of them out"}
	case c.Republish != "":
		since, err = parseSince(c.Republish, now)
	case c.PurgeStream:
		err = &domain.Violation{Field: "purge-stream", Detail: "needs --republish with the time since which events are published again, such as 8760h"}
	}
	return since, err
}

func (c repair) purgeStream(p *program) error {
	bus, err := c.findBus(p)
	if err != nil {
		return err
	}
	defer bus.Close()
	_, err = bus.PurgeEvents(p.ctx)
	return err
}

func republish(s *cli.Session, since time.Time) error {
	n, err := s.Service.Republish(s.Context, s.By, since)
	if err != nil {
		return err
	}
	return s.Print(map[string]int{"republished": n}, fmt.Sprintf("%d events will be published again, by the relay of serve or worker", n))
}

// parseSince reads a time, or a duration before now.
func parseSince(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	since, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return since, &domain.Violation{Field: "republish", Detail: fmt.Sprintf("must be a time, such as 2026-11-20T08:00:00Z, or a duration, such as 24h, got %.100q", text)}
	}
	return since, nil
}

// repairedJSON is the JSON view of a dead letter and of the result of running it again.
type repairedJSON struct {
	ID        string      `json:"id"`
	BuriedAt  time.Time   `json:"buriedAt"`
	Subject   string      `json:"subject"`
	Key       string      `json:"key,omitempty"`
	LearnerID string      `json:"learnerId,omitempty"`
	Reason    domain.Kind `json:"reason"`
	Detail    string      `json:"detail"`
	Tries     int         `json:"tries"`
	Body      string      `json:"body"`
	Outcome   string      `json:"outcome,omitempty"` // none on a dry run
}

func toRepairedJSON(r worker.Repaired) repairedJSON {
	l := r.DeadLetter
	return repairedJSON{
		ID: l.ID, BuriedAt: l.At, Subject: l.By.Subject, Key: l.Key, LearnerID: string(l.Learner),
		Reason: l.Reason, Detail: l.Detail, Tries: l.Attempts, Body: string(l.Body), Outcome: r.Outcome,
	}
}

func (s repairedJSON) text() string {
	text := fmt.Sprintf("%s  %s  %s: %s (%d attempts)", s.ID, s.Body, s.Reason, s.Detail, s.Tries)
	if s.Outcome != "" {
		text += " -> " + s.Outcome
	}
	return text
}
