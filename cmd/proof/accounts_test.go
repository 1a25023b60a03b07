package proof_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// accounts returns the configuration of the broker in docs/security.md, with a second tenant, globex, as the document says: its last
// two accounts again, with that name.
func accounts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n```conf\n")
	conf, _, ended := strings.Cut(rest, "```")
	first, last := strings.Index(conf, "\n  # A producer"), strings.LastIndex(conf, "}")
	if !found || !ended || first < 0 {
		t.Fatal("docs/security.md has no configuration with accounts")
	}
	globex := strings.NewReplacer("acme", "globex", "ACME", "GLOBEX").Replace(conf[first:last])
	passwords := "listen: \"127.0.0.1:-1\"\n"
	for _, name := range []string{"OPERATOR", "ROSTER", "ACME", "ACME_EVENTS", "GLOBEX", "GLOBEX_EVENTS"} {
		passwords += name + "_PASSWORD: secret\n"
	}
	return passwords + conf[:last] + globex + conf[last:]
}

// configure returns the broker of a configuration, which stores its streams in a folder of the test.
func configure(t *testing.T, conf string) (*server.Server, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		return nil, err
	}
	options.StoreDir, options.NoLog, options.NoSigs = t.TempDir(), true, true
	return server.NewServer(options)
}

// An accountBroker is the broker of the document, on which serve runs with the rights of the user roster.
type accountBroker struct {
	system
	broker *server.Server
	stderr *bytes.Buffer
	stop   func()
}

func (b accountBroker) url(user string) string {
	return fmt.Sprintf("nats://%s:secret@%s", user, b.broker.Addr())
}

func startAccountBroker(t *testing.T) accountBroker {
	t.Helper()
	s, err := configure(t, accounts(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(2 * time.Minute) {
		t.Fatal("the broker is not ready after two minutes")
	}
	b := accountBroker{system: newSystem(t, "sqlite"), broker: s, stderr: new(bytes.Buffer)}
	_, b.stop = b.start(t, b.stderr, "--log-level", "warn", "--nats-url", b.url("roster"))
	_, operator := jetStream(t, b.url("operator"))
	for _, tenant := range []string{"acme", "globex"} {
		b.must(t, "", "--tenant", tenant, "course", "put", "go", "--title", tenant, "--capacity", "5")
		b.createConsumer(t, operator, "ROSTER_EVENTS", tenant+"-events", "roster.events."+tenant+".>")
		b.createConsumer(t, operator, "ROSTER_REPLIES", tenant, "roster.replies."+tenant)
	}
	return b
}

func (b accountBroker) createConsumer(t *testing.T, js jetstream.JetStream, stream, name, filter string) {
	t.Helper()
	portstest.Eventually(t, "consumer "+name+" is created", func() bool {
		_, err := js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{
			Durable: name, FilterSubject: filter, AckPolicy: jetstream.AckExplicitPolicy,
		})
		return err == nil // the stream may not exist yet
	})
}

// as connects as a tenant's service.
func (b accountBroker) as(t *testing.T, user string) (*natsio.Conn, jetstream.JetStream) {
	t.Helper()
	conn, _ := jetStream(t, b.url(user))
	js, err := jetstream.NewWithAPIPrefix(conn, "ROSTER.API")
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

// next returns the next n messages of a consumer, acknowledged.
func next(t *testing.T, js jetstream.JetStream, stream, consumer string, n int) (all []jetstream.Msg) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c, err := js.Consumer(ctx, stream, consumer)
	if err != nil {
		t.Fatal(err)
	}
	for len(all) < n {
		m, err := c.Next(jetstream.FetchContext(ctx))
		if err != nil {
			t.Fatalf("%s: message %d of %d: %v", consumer, len(all)+1, n, err)
		}
		if err := m.DoubleAck(ctx); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// With the accounts of the document, each tenant does its work and reaches nothing of the other's, and roster has the rights that it
// needs.
func TestAccountsOfTheBroker(t *testing.T) {
	t.Parallel()
	b := startAccountBroker(t)
	send(t, b.url("roster"), "acme", ports.Enroll{Course: "go", Learner: "bob"})
	stopWorker := b.work(t, b.url("roster"))
	received := make(chan string, 1000)
	var all []*natsio.Subscription
	for _, user := range []string{"acme", "acme-events"} {
		conn, _ := b.as(t, user)
		s, err := conn.Subscribe(">", func(m *natsio.Msg) { received <- m.Subject + " " + string(m.Data) })
		if err != nil || conn.Flush() != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	requireWork := func() {
		for _, tenant := range []string{"acme", "globex"} {
			subject := "roster.commands." + tenant + "." + itoa(ports.PartitionOf("go"))
			_, js := b.as(t, tenant)
			body := []byte(`{"action":"enroll","courseId":"go","learnerId":"ada-of-` + tenant + `","key":"k"}`)
			if ack, err := js.Publish(t.Context(), subject, body, jetstream.WithMsgID("equal")); err != nil || ack.Duplicate {
				t.Fatalf("%s: %+v, %v", tenant, ack, err)
			}
		}
		for tenant, n := range map[string]int{"acme": 2, "globex": 1} {
			_, js := b.as(t, tenant)
			for _, m := range next(t, js, "ROSTER_REPLIES", tenant, n) {
				if m.Subject() != "roster.replies."+tenant {
					t.Errorf("%s read %s", tenant, m.Subject())
				}
			}
			_, js = b.as(t, tenant+"-events")
			for _, m := range next(t, js, "ROSTER_EVENTS", tenant+"-events", n+1) {
				if !strings.HasPrefix(m.Subject(), "roster.events."+tenant+".go.") {
					t.Errorf("%s read %s", tenant, m.Subject())
				}
			}
		}
	}
	requireWork()
	for _, s := range all { // otherwise they would take the requests that follow
		if err := s.Unsubscribe(); err != nil {
			t.Fatal(err)
		}
	}

	before := b.stored(t)
	for _, user := range []string{"acme", "acme-events"} {
		conn, _ := b.as(t, user)
		for _, subject := range foreign() {
			for _, body := range []string{"", `{"seq":1}`} {
				m, err := conn.Request(subject, []byte(body), 2*time.Minute)
				// $JS.API is that of the own account, which has no JetStream: it says so, or that it expects another body.
				if !errors.Is(err, natsio.ErrNoResponders) && (err != nil || !strings.Contains(string(m.Data), `"error":{`)) {
					t.Fatalf("%s: %s: %+v, %v", user, subject, m, err)
				}
			}
		}
	}
	if after := b.stored(t); !maps.Equal(after, before) {
		t.Errorf("the streams and consumers were %v, and are %v", before, after)
	}
	for len(received) > 0 {
		if text := <-received; strings.Contains(text, "globex") {
			t.Errorf("a subscription received %s", text)
		}
	}
	for tenant, want := range map[domain.TenantID][]string{"acme": {"bob", "ada-of-acme"}, "globex": {"ada-of-globex"}} {
		standings := b.must(t, "", "--tenant", string(tenant), "list", "go")
		if n := strings.Count(standings, "enrolled"); n != len(want) || slices.ContainsFunc(want, func(l string) bool { return !strings.Contains(standings, l) }) {
			t.Errorf("%s: %s, want %q", tenant, standings, want)
		}
	}
	bus, err := nats.Connect(b.url("roster"), nats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	if missing, err := bus.MissingRights(t.Context()); err != nil || missing != nil {
		t.Errorf("roster lacks %q, %v", missing, err)
	}
	stopWorker()
	b.stop()
	if strings.Contains(strings.ToLower(b.stderr.String()), "permission") {
		t.Errorf("roster was refused something:\n%s", b.stderr)
	}
}

// foreign returns subjects that are of another tenant, of roster, or of the API of JetStream.
func foreign() (subjects []string) {
	subjects = []string{
		"roster.events.acme.go.learner_enrolled", "roster.replies.acme", "roster.events.globex.go.learner_enrolled", "roster.replies.globex",
		"roster.partitions.3", "roster.workers.x", "$JS.ACK.ROSTER_EVENTS.globex-events.1.1.1.1.0", "$JS.ACK.ROSTER_COMMANDS.x.1.1.1.1.0",
	}
	for partition := range ports.Partitions {
		subjects = append(subjects, "roster.commands.globex."+itoa(partition))
	}
	for _, prefix := range []string{"$JS.API.", "ROSTER.API."} {
		for _, call := range []string{
			"INFO", "STREAM.NAMES", "STREAM.LIST", "CONSUMER.MSG.NEXT.ROSTER_EVENTS.globex-events", "CONSUMER.MSG.NEXT.ROSTER_REPLIES.globex",
			"CONSUMER.INFO.ROSTER_EVENTS.globex-events", "CONSUMER.INFO.ROSTER_REPLIES.globex", "CONSUMER.DELETE.ROSTER_EVENTS.globex-events",
			"CONSUMER.CREATE.ROSTER_EVENTS.x.roster.events.globex.>", "CONSUMER.DURABLE.CREATE.ROSTER_EVENTS.x",
			"CONSUMER.CREATE.ROSTER_COMMANDS.x", "CONSUMER.MSG.NEXT.ROSTER_COMMANDS.x",
		} {
			subjects = append(subjects, prefix+call)
		}
		for _, stream := range []string{"ROSTER_EVENTS", "ROSTER_COMMANDS", "ROSTER_REPLIES", "ROSTER_PARTITIONS"} {
			for _, call := range []string{
				"STREAM.INFO", "STREAM.MSG.GET", "STREAM.MSG.DELETE", "DIRECT.GET", "STREAM.PURGE", "STREAM.DELETE", "STREAM.UPDATE",
				"STREAM.SNAPSHOT", "CONSUMER.NAMES", "CONSUMER.LIST", "CONSUMER.CREATE",
			} {
				subjects = append(subjects, prefix+call+"."+stream)
			}
		}
	}
	return subjects
}

// stored returns the last sequence of each stream that tenants write to or read, and what its consumers have delivered.
func (b accountBroker) stored(t *testing.T) map[string]string {
	t.Helper()
	_, js := jetStream(t, b.url("operator"))
	state := make(map[string]string)
	for _, name := range []string{"ROSTER_EVENTS", "ROSTER_COMMANDS", "ROSTER_REPLIES"} {
		s, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		info := s.CachedInfo()
		state[name] = fmt.Sprint(info.State.FirstSeq, info.State.LastSeq, info.Config.Subjects)
		if name == "ROSTER_COMMANDS" {
			continue // its consumers change with the workers
		}
		consumers := s.ListConsumers(t.Context())
		for c := range consumers.Info() {
			state[name+" "+c.Name] = fmt.Sprint(c.Delivered, c.AckFloor.Consumer, c.NumAckPending)
		}
		if err := consumers.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return state
}

// A configuration in which an account imports the subjects of another is refused.
func TestAccountsImportOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	conf := accounts(t)
	for _, own := range []string{
		`"roster.commands.acme.*"`, `"$JS.API.CONSUMER.INFO.ROSTER_REPLIES.acme"`,
		`"$JS.API.CONSUMER.MSG.NEXT.ROSTER_REPLIES.acme"`, `"$JS.ACK.ROSTER_REPLIES.acme.>"`,
		`"$JS.API.CONSUMER.MSG.NEXT.ROSTER_EVENTS.acme-events"`, `"$JS.API.CONSUMER.INFO.ROSTER_EVENTS.acme-events"`,
		`"$JS.ACK.ROSTER_EVENTS.acme-events.>"`,
	} {
		if !strings.Contains(conf, "subject: "+own) {
			t.Fatalf("the document has no import of %s", own)
		}
		for _, other := range []string{strings.Replace(own, "acme", "globex", 1), regexp.MustCompile(`acme(-events)?`).ReplaceAllString(own, "*")} {
			s, err := configure(t, strings.Replace(conf, "subject: "+own, "subject: "+other, 1))
			if err == nil {
				s.Shutdown()
				t.Errorf("an account may import %s", other)
			}
		}
	}
}
