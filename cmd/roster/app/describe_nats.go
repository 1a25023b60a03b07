package app

import (
	"context"
	"strings"

	"example.com/roster/adapters/nats"
	"example.com/roster/cmd/roster/record"
)

const asyncAPI = "adapters/nats/asyncapi.yaml"

// deadLetters are the columns with ids of what the queue has brought.
var deadLetters = []record.Personal{
	{Name: "dead_letters.learner_id", What: learnerID}, {Name: "dead_letters.body", What: learnerID}, {Name: "dead_letters.body", What: enrollmentID},
}

// describeNATS describes the broker: its streams, the commands that it brings, and the events and replies that it takes.
func describeNATS(_ context.Context, r *record.Record) error {
	r.Uses = append(r.Uses,
		record.Use{Name: "nats", Kind: "broker", Title: "the broker of messages that machines share", Protocol: "NATS with JetStream over TCP", External: true,
			Flag: "--nats-url", By: []string{"serve", "worker", "command-line"},
			RequiredFor: "several machines", IfDown: "requests are answered; events wait in the journal, and queued commands in the broker", Source: "cmd/roster/app/broker.go"},
		record.Use{Name: "embedded-broker", Kind: "broker", Title: "the broker inside serve, if no other is named", Protocol: "NATS with JetStream on the loopback", By: []string{"serve", "command-line"},
			IfDown: "it is part of serve",
			Source: "adapters/nats/broker"})
	for _, p := range deadLetters {
		p.Where, p.Source = "column", "cmd/roster/app/describe_nats.go"
		p.Until = "until `repair` has run it, or `forget` of the learner whom it is about"
		r.PersonalData = append(r.PersonalData, p)
	}
	messages, err := nats.Messages()
	if err != nil {
		return err
	}
	for _, s := range nats.Streams() {
		// The service also sends commands: enqueue does. It reads what is not its own to publish.
		stream := record.Stream{Name: s.Name, Title: s.Description, Subjects: s.Subjects, Messages: []string{}, Retention: s.Retention, Publishes: true,
			Source: "adapters/nats/streams.go"}
		for _, m := range messages {
			if m.Stream == s.Name {
				stream.Messages = append(stream.Messages, describeMessage(r, m, s.Retention))
				stream.Consumes = stream.Consumes || !m.Sent
			}
		}
		stream.Consumes = stream.Consumes || len(stream.Messages) == 0
		r.Streams = append(r.Streams, stream)
	}
	return nil
}

// describeMessage adds a message to its API, and what it says about a person. It returns its name.
func describeMessage(r *record.Record, m nats.Message, retention string) string {
	api := record.API{Name: "queue-", Kind: "queue", Title: "Commands through the broker, and their replies"}
	if strings.HasPrefix(m.Address, "roster.events.") {
		api = record.API{Name: "events-", Kind: "events", Title: "Events about what was decided, through the broker"}
	}
	api.Name += m.Version
	n := len(r.APIs) - 1
	for n >= 0 && r.APIs[n].Name != api.Name {
		n--
	}
	if n < 0 {
		api.Version, api.Definition, api.Package, api.Source = m.Version, asyncAPI, "adapters/nats", asyncAPI
		n, r.APIs = len(r.APIs), append(r.APIs, api)
	}
	r.APIs[n].Endpoints = append(r.APIs[n].Endpoints, record.Endpoint{ID: m.Name, Address: m.Address, Summary: m.Summary, Roles: []string{}, Calls: append([]string{}, m.Calls...)})
	for _, field := range m.Personal {
		what := learnerID
		if strings.HasSuffix(field, "enrollmentId") {
			what = enrollmentID
		}
		r.PersonalData = append(r.PersonalData, record.Personal{Where: "message", Name: m.Name + " " + field, What: what, Until: retention, Source: "adapters/nats/" + m.Schema})
	}
	return api.Name + "/" + m.Name
}
