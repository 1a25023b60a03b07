package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func throughQueue(t *testing.T, s system, script []step) (codes []string) {
	s.start(t, new(bytes.Buffer), "--log-level", "error")
	return throughQueueOfServe(t, s, script)
}

// throughQueueOfServe sends one message after another to the embedded broker of serve, which runs, and waits for each reply. It uses the
// command line for puts, which the queue does not have.
func throughQueueOfServe(t *testing.T, s system, script []step) (codes []string) {
	ask := askQueue(t, s)
	for i, step := range script {
		if step.do == "put" {
			codes = append(codes, throughCLI(t, s, script[i:i+1])...)
			continue
		}
		fields := map[string]any{"action": step.do, "courseId": step.course, "learnerId": step.learner, "key": step.key}
		codes = append(codes, ask(step.course, fields).code())
	}
	return codes
}

// A queueReply is the part of a reply that the tests compare.
type queueReply struct {
	answer
	RefusedAt int
	Outcomes  []struct {
		Standing struct{ Status string }
		Promoted *struct{ LearnerID string }
	}
}

// askQueue returns a function that sends a message to the embedded broker of serve, which runs, and waits for its reply.
func askQueue(t *testing.T, s system) func(course string, fields map[string]any) queueReply {
	conn, js := jetStream(t, s.embeddedBroker(t))
	replies, err := conn.SubscribeSync("roster.replies." + string(tenant))
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	return func(course string, fields map[string]any) (got queueReply) {
		body, _ := json.Marshal(fields)
		partition := fnv.New32a()
		_, _ = partition.Write([]byte(course))
		subject := fmt.Sprintf("roster.commands.%s.%d", tenant, partition.Sum32()%16)
		sent++
		if _, err := js.Publish(t.Context(), subject, body, jetstream.WithMsgID("step-"+strconv.Itoa(sent)), untilThere); err != nil {
			t.Fatal(err)
		}
		reply, err := replies.NextMsg(2 * time.Minute)
		if err != nil {
			t.Fatalf("no reply to %s: %v", body, err)
		}
		if err := json.Unmarshal(reply.Data, &got); err != nil {
			t.Fatalf("%v in %s", err, reply.Data)
		}
		return got
	}
}

// rulingsThroughQueue sends the rulings that the queue has, and does the others in the core.
func rulingsThroughQueue(t *testing.T, s system, script []ruling) (codes []string) {
	s.start(t, new(bytes.Buffer), "--log-level", "error")
	ask, store := askQueue(t, s), s.storage(t)
	for i, r := range script {
		switch do, _, _ := strings.Cut(r.do, " "); do {
		case "put", "rename", "list":
			codes = append(codes, rulingsThroughCore(t, system{store: store}, script[i:i+1])...)
			continue
		}
		var list []map[string]any
		actions := r.actionsOf(t, store)
		for _, a := range actions {
			list = append(list, fieldsOf(a))
		}
		body := list[0]
		if strings.HasPrefix(r.do, "all ") {
			body = map[string]any{"actions": list}
		}
		body["key"] = r.key
		codes = append(codes, ask(string(actions[0].CourseID()), body).ruling())
	}
	return codes
}

// ruling returns the code of a reply to a ruling.
func (r queueReply) ruling() string {
	if r.RefusedAt > 0 {
		return fmt.Sprint(r.Code, " at ", r.RefusedAt)
	}
	var items []string
	for _, o := range r.Outcomes {
		items = append(items, answer{Status: o.Standing.Status, Promoted: o.Promoted}.code())
	}
	if len(items) == 0 {
		return r.code()
	}
	return strings.Join(items, ", ")
}
