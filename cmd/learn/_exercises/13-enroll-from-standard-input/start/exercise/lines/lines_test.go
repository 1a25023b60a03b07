package lines_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/exercise/lines"
	"example.com/roster/ports"
)

// run returns the answers to the lines of a text.
func run(t *testing.T, core ports.Commands, text string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := lines.Run(t.Context(), core, servicetest.Staff, strings.NewReader(text), &out); err != nil {
		t.Errorf("Run returns %v", err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// The real core, on a store in memory.
func TestOnTheCore(t *testing.T) {
	core := servicetest.New(t)
	core.Given("put capacity=1")
	got := run(t, core, "enroll go-101 ada\nenroll go-101 bob\n\nwithdraw go-101 ada\nenrol go-101 cyd\nwithdraw go-101 dan\n")
	want := []string{"1: enrolled", "2: waitlisted, position 1", "4: withdrawn", "5: malformed: ", "6: not_enrolled: "}
	for i, w := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], w) {
			t.Fatalf("answers:\n%s\nwant lines that begin with\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// A port that answers as the test wants. The entry point can't know that it is not the core.
type fake struct {
	submitted []ports.Command
	answer    func(ports.Command) ports.Reply
}

func (f *fake) Submit(_ context.Context, commands ...ports.Command) (replies []ports.Reply) {
	for _, c := range commands {
		f.submitted = append(f.submitted, c)
		replies = append(replies, f.answer(c))
	}
	return replies
}

func enrolled(ports.Command) ports.Reply {
	return ports.Reply{Outcomes: []ports.Outcome{{Standing: domain.Standing{Status: domain.Enrolled}}}}
}

func TestOnAPort(t *testing.T) {
	core := &fake{answer: enrolled}
	run(t, core, "enroll go-101 ada\n")
	if len(core.submitted) != 1 || len(core.submitted[0].Actions) != 1 || core.submitted[0].By != servicetest.Staff ||
		core.submitted[0].Actions[0] != (ports.Enroll{Course: "go-101", Learner: "ada"}) {
		t.Errorf("submitted %+v", core.submitted)
	}
}
