package app

import (
	"fmt"
	"time"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/importer"
	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/nats/broker"
	"example.com/roster/adapters/worker"
	"example.com/roster/domain"
)

type enqueue struct {
	natsURL
	File    string `arg:"" help:"CSV with course_id,learner_id[,action], or NDJSON; - is standard input."`
	Format  string `enum:"csv,ndjson," default:"" placeholder:"csv|ndjson" help:"How rows are written; if not given, the file's ending tells."`
	Rejects string `placeholder:"FILE" help:"Write the rows that are no commands, and why, as CSV."`
	Again   bool   `help:"Have done once more what the same file has asked for before."`
}

// Run sends the file's rows to the queue and prints how many.
func (c enqueue) Run(p *program) error {
	in, size, err := p.read(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	url := c.URL
	if url == "" {
		if url, err = broker.Find(p.brokerDir()); err != nil {
			return err
		}
	}
	bus, err := nats.Connect(url, nats.WithLogger(p.logger(p.options.Stderr)))
	if err != nil {
		return err
	}
	defer bus.Close()
	if err := bus.Ready(p.ctx); err != nil {
		return err
	}
	s := p.session()
	summary, err := importer.Enqueue(p.ctx, bus, s.By, in, importer.Options{
		NDJSON: isNDJSON(c.Format, c.File), Again: c.Again, Rejects: c.Rejects, Progress: p.terminal(), Size: size,
	})
	return printImport(s, summary, c.Rejects, err)
}

type repair struct {
	DryRun    bool   `help:"Show the dead letters, and change nothing."`
	Republish string `placeholder:"SINCE" help:"Instead: publish again what happened since a time, as 2026-11-20T08:00:00Z, or for so long, as 24h."`
}

// Run runs the tenant's dead letters again and prints what came of each.
func (c repair) Run(p *program, s *cli.Session) error {
	if c.Republish != "" {
		return c.republish(s)
	}
	n := 0
	err := worker.Repair(p.ctx, s.Service, s.By, nats.ReadCommand, c.DryRun, func(r worker.Repaired) error {
		n++
		shape := shapeRepaired(r)
		return s.Print(shape, shape.text())
	})
	if n == 0 && err == nil && !s.JSON {
		fmt.Fprintln(s.Out, "no dead letters")
	}
	if err != nil && n > 0 {
		return cli.Told{Err: err}
	}
	return err
}

func (c repair) republish(s *cli.Session) error {
	since, err := parseSince(c.Republish, time.Now())
	if err != nil {
		return err
	}
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
		return since, &domain.Violation{Field: "republish", Detail: fmt.Sprintf("must be a time, as 2026-11-20T08:00:00Z, or how long ago, as 24h, not %.100q", text)}
	}
	return since, nil
}

// repairedShape is a dead letter, and what came of running it again, as programs read it.
type repairedShape struct {
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

func shapeRepaired(r worker.Repaired) repairedShape {
	l := r.Letter
	return repairedShape{
		ID: l.ID, BuriedAt: l.At, Subject: l.By.Subject, Key: l.Key, LearnerID: string(l.Learner),
		Reason: l.Reason, Detail: l.Detail, Tries: l.Tries, Body: string(l.Body), Outcome: r.Outcome,
	}
}

func (s repairedShape) text() string {
	text := fmt.Sprintf("%s  %s  %s: %s (%d tries)", s.ID, s.Body, s.Reason, s.Detail, s.Tries)
	if s.Outcome != "" {
		text += " -> " + s.Outcome
	}
	return text
}
