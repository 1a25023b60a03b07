package contract_test

import (
	"encoding/json"
	"testing"
	"time"

	"example.com/roster/exercise/contract"
)

// withdrawal has a value in each field.
var withdrawal = contract.Withdrawal{
	EventID: "e7", Sequence: 7, Course: "go-101", Learner: "ada", Enrollment: "n1", From: "enrolled", Held: 90 * time.Minute, Reason: "moved away",
}

func TestContract(t *testing.T) {
	body, err := withdrawal.Event()
	if err != nil {
		t.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(body, &event); err != nil || event["type"] != "learner.withdrawn" {
		t.Errorf("got %s, %v", body, err)
	}
	command := `{"action":"withdraw","courseId":"go-101","learnerId":"ada","enrollmentId":"n1","reason":"moved away"}`
	if _, err := contract.ReadWithdraw([]byte(command)); err != nil {
		t.Error(err)
	}
}
