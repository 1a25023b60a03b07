package charging

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/nats-io/nats.go/jetstream"
)

// partitions is the number of partitions of roster's queue. A course's commands go to one partition, so that they stay in order.
const partitions = 16

// NewQueue returns roster's queue on a broker.
func NewQueue(js jetstream.JetStream) Queue { return queue{js} }

type queue struct{ js jetstream.JetStream }

// command is the body of a message to the queue, as in roster's AsyncAPI document.
type command struct {
	Action      string `json:"action"`
	Course      string `json:"courseId"`
	Learner     string `json:"learnerId"`
	Enrollment  string `json:"enrollmentId,omitempty"`
	Key         string `json:"key"`
	Correlation string `json:"correlationId,omitempty"`
}

// Send implements [Queue]. The message has no id (Nats-Msg-Id): a broker that drops equal ids would drop the commands of two tenants
// with one id, and report both as stored. The key makes repeats safe.
func (q queue) Send(ctx context.Context, c Command) error {
	body, err := json.Marshal(command{"withdraw", c.Course, c.Learner, c.Enrollment, c.Key, c.Correlation})
	if err != nil {
		return err
	}
	_, err = q.js.Publish(ctx, subjectOf(c), body)
	return err
}

// subjectOf returns the subject of a command: the same partition for all commands on a course.
func subjectOf(c Command) string {
	sum := fnv.New32a()
	sum.Write([]byte(c.Course))
	return fmt.Sprintf("roster.commands.%s.%d", c.Tenant, sum.Sum32()%partitions)
}
