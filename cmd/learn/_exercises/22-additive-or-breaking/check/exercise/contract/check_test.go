package contract_test

import (
	"encoding/json"
	"testing"
	"time"

	"example.com/roster/exercise/contract"
)

func checkEvent(t *testing.T, reason string) (event, data map[string]any) {
	t.Helper()
	body, err := contract.Withdrawal{
		EventID: "e4", Sequence: 4, Course: "art-9", Learner: "bob", Enrollment: "n8", From: "waitlisted", Held: 2 * time.Minute, Reason: reason,
	}.Event()
	if err != nil {
		t.Fatalf("Event returned an error: %v", err)
	}
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatalf("the event is not JSON: %v\n%s", err, body)
	}
	data, _ = event["data"].(map[string]any)
	return event, data
}

func TestCheckTheEventHasTheReason(t *testing.T) {
	if _, data := checkEvent(t, "ill"); data["reason"] != "ill" {
		t.Errorf(`the event of a withdrawal with the reason "ill" lacks it: data.reason is %v`, data["reason"])
	}
	if _, data := checkEvent(t, ""); data["reason"] != nil {
		t.Errorf("a withdrawal without a reason has data.reason %q in its event: leave the field out", data["reason"])
	}
}

func TestCheckTheEventKeepsWhatItPromised(t *testing.T) {
	event, data := checkEvent(t, "ill")
	if event["schemaVersion"] != 1.0 {
		t.Errorf("schemaVersion is %v: each old consumer stops at a version that it does not know, and a new field would have broken none of them", event["schemaVersion"])
	}
	for name, want := range map[string]any{"type": "learner.withdrawn", "eventId": "e4", "sequence": 4.0, "aggregateId": "art-9"} {
		if event[name] != want {
			t.Errorf("%s is %#v, and was %#v: old consumers read it", name, event[name], want)
		}
	}
	for name, want := range map[string]any{"learnerId": "bob", "enrollmentId": "n8", "from": "waitlisted", "heldFor": 120.0} {
		if data[name] != want {
			t.Errorf("data.%s is %#v, and was %#v: old consumers read it", name, data[name], want)
		}
	}
}

func TestCheckTheCommandMayHaveAReason(t *testing.T) {
	for body, want := range map[string]contract.Withdraw{
		`{"action":"withdraw","courseId":"art-9","learnerId":"bob"}`:                                     {Course: "art-9", Learner: "bob"},
		`{"action":"withdraw","courseId":"art-9","learnerId":"bob","enrollmentId":"n8"}`:                 {Course: "art-9", Learner: "bob", Enrollment: "n8"},
		`{"action":"withdraw","courseId":"art-9","learnerId":"bob","reason":"ill"}`:                      {Course: "art-9", Learner: "bob", Reason: "ill"},
		`{"action":"withdraw","courseId":"art-9","learnerId":"bob","enrollmentId":"n8","campus":"east"}`: {Course: "art-9", Learner: "bob", Enrollment: "n8"},
	} {
		if got, err := contract.ReadWithdraw([]byte(body)); err != nil || got != want {
			t.Errorf("the command %s is read as %+v, %v, want %+v", body, got, err, want)
		}
	}
	for _, body := range []string{`{}`, `{"action":"enroll","courseId":"art-9","learnerId":"bob"}`, `{"action":"withdraw","courseId":"art-9"}`} {
		if got, err := contract.ReadWithdraw([]byte(body)); err == nil {
			t.Errorf("the command %s is accepted as %+v, and was refused: a limit that is gone is a change, too", body, got)
		}
	}
}
