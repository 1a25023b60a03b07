package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
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
	conn, js := jetStream(t, s.embeddedBroker(t))
	replies, err := conn.SubscribeSync("roster.replies." + string(tenant))
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range script {
		if step.do == "put" {
			codes = append(codes, throughCLI(t, s, script[i:i+1])...)
			continue
		}
		body, _ := json.Marshal(map[string]string{"action": step.do, "courseId": step.course, "learnerId": step.learner, "key": step.key})
		partition := fnv.New32a()
		_, _ = partition.Write([]byte(step.course))
		subject := fmt.Sprintf("roster.commands.%s.%d", tenant, partition.Sum32()%16)
		if _, err := js.Publish(t.Context(), subject, body, jetstream.WithMsgID("step-"+strconv.Itoa(i)), untilThere); err != nil {
			t.Fatal(err)
		}
		reply, err := replies.NextMsg(2 * time.Minute)
		if err != nil {
			t.Fatalf("no reply to %s: %v", body, err)
		}
		var a answer
		if err := json.Unmarshal(reply.Data, &a); err != nil {
			t.Fatalf("%v in %s", err, reply.Data)
		}
		codes = append(codes, a.code())
	}
	return codes
}
