package sms_test

import (
	"log/slog"
	"testing"
	"time"

	"example.com/roster/adapters/sms"
	"example.com/roster/application/servicetest"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	roster := servicetest.New(t)
	roster.Given("put capacity=1; enroll ada")
	desk := sms.New(roster, servicetest.Staff.Tenant, slog.New(slog.DiscardHandler))
	at := roster.Clock.Now()
	for _, c := range []struct {
		text, want string
		passed     time.Duration
	}{
		{"Enroll go-101", "You are waitlisted.", 0},
		{"enroll go-101", "Not done: already waitlisted.", 0},
		{"witdraw go-101", "Did you mean withdraw?", 0},
		{"withdraw go-101", "", 0}, // the fourth at once
		{"withdraw go-101", "You are withdrawn.", time.Minute},
	} {
		at = at.Add(c.passed)
		if got := desk.Answer(t.Context(), sms.Message{Learner: "bob", Text: c.text, At: at}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}
