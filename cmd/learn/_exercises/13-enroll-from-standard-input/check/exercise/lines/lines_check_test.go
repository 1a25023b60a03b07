package lines_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/exercise/lines"
	"example.com/roster/ports"
)

// actions are what was submitted, one a command.
func (f *fake) actions() (all []ports.Action) {
	for _, c := range f.submitted {
		all = append(all, c.Actions...)
	}
	return all
}

// No line ends the run.
func TestMalformedLines(t *testing.T) {
	last := ports.Enroll{Course: "go-101", Learner: "ada"}
	for what, line := range map[string]string{
		"a line with an unknown verb":      "enrol go-101 ada",
		"a line without a learner":         "enroll go-101",
		"a line with a word too many":      "withdraw go-101 ada now",
		"a line of one word":               "enroll",
		"a line of bytes that are no text": "\xff\x00 \x01",
		"a line of 200000 bytes":           strings.Repeat("a", 200_000),
		"a line of 200000 words":           strings.Repeat("a ", 200_000),
	} {
		core, out := &fake{answer: enrolled}, new(bytes.Buffer)
		err := lines.Run(t.Context(), core, servicetest.Staff, strings.NewReader(line+"\nenroll go-101 ada"), out)
		got := strings.SplitN(out.String(), "\n", 3)
		switch {
		case len(core.submitted) == 0:
			t.Errorf("%s ends the run: the line after it is not submitted (Run returns %v)", what, err)
		case err != nil:
			t.Errorf("after %s, Run returns %v", what, err)
		case len(core.submitted) > 1 || core.submitted[0].Actions[0] != last:
			t.Errorf("%s and a good one: submitted %.200v", what, core.actions())
		case len(got) != 3 || !strings.HasPrefix(got[0], "1: malformed: ") || got[1] != "2: enrolled":
			t.Errorf("%s and a good one: the answers are %.200q", what, out)
		}
	}
}

// Lines may end as on Windows, and words may be apart by several blanks.
func TestBlanks(t *testing.T) {
	core := &fake{answer: enrolled}
	got := run(t, core, "  enroll\tgo-101   ada \r\n\r\n \t\nenroll go-101 bob\r\n")
	if want := []string{"1: enrolled", "4: enrolled"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: blanks are not malformed, and an empty line counts", got, want)
	}
}

// The entry point decides nothing: each line is submitted as it is, whatever was submitted before.
func TestNoRuleInside(t *testing.T) {
	core := &fake{answer: enrolled}
	long := strings.Repeat("x", 300)
	got := run(t, core, "enroll go-101 ada\nenroll go-101 ada\nwithdraw go-101 bob\nenroll Go-101 ADA\nenroll .. "+long+"\n")
	want := []ports.Action{
		ports.Enroll{Course: "go-101", Learner: "ada"},
		ports.Enroll{Course: "go-101", Learner: "ada"},
		ports.Withdraw{Course: "go-101", Learner: "bob"},
		ports.Enroll{Course: "Go-101", Learner: "ADA"},
		ports.Enroll{Course: "..", Learner: domain.LearnerID(long)},
	}
	if !reflect.DeepEqual(core.actions(), want) {
		t.Errorf("submitted\n%.600v\nwant\n%.600v\nWho holds what, and which ids are valid, is decided by the core: a copy of its rules is wrong as soon as the rules change",
			core.actions(), want)
	}
	if len(core.submitted) != len(want) {
		t.Errorf("%d lines became %d commands. Each line is a command of its own: a refusal undoes no other line", len(want), len(core.submitted))
	}
	if len(got) != len(want) || got[1] != "2: enrolled" {
		t.Errorf("the core says that the second line is enrolled, and the answers are %q", got)
	}
}

// Every kind has words, the same for a refusal and for an error, and no inner detail.
func TestEveryKind(t *testing.T) {
	const secret = "10.0.0.7"
	answers := make(map[string]domain.Kind)
	for _, kind := range ports.Kinds() {
		failed := run(t, &fake{answer: func(ports.Command) ports.Reply {
			return ports.Reply{Err: fmt.Errorf("dial tcp %s:5432: %w", secret, kind)}
		}}, "enroll go-101 ada")[0]
		refused := run(t, &fake{answer: func(ports.Command) ports.Reply {
			return ports.Reply{Outcomes: []ports.Outcome{{Refused: kind}}}
		}}, "enroll go-101 ada")[0]
		words, ok := strings.CutPrefix(failed, "1: "+string(kind)+": ")
		switch {
		case strings.Contains(failed, secret):
			t.Errorf("%s: the answer %q shows what is inside: answer with the words of your table", kind, failed)
		case !ok || len(strings.Fields(words)) < 2:
			t.Errorf("%s: the answer is %q, want the kind and words for a person", kind, failed)
		case refused != failed:
			t.Errorf("%s: an error is answered by %q, and a refusal by %q: one table translates both", kind, failed, refused)
		case answers[words] != "":
			t.Errorf("%s has the words of %s, %q: say what is different", kind, answers[words], words)
		}
		answers[words] = kind
	}
	unknown := run(t, &fake{answer: func(ports.Command) ports.Reply { return ports.Reply{Err: errors.New(secret)} }}, "enroll go-101 ada")[0]
	if !strings.HasPrefix(unknown, "1: internal: ") || strings.Contains(unknown, secret) {
		t.Errorf("an error without a kind is answered by %q, want the kind internal, and nothing from inside", unknown)
	}
}

// A reader gives one line a call, and looks at the answers so far.
type reader struct {
	t     *testing.T
	lines []string
	given int
	out   *bytes.Buffer
}

func (r *reader) Read(p []byte) (int, error) {
	if got := bytes.Count(r.out.Bytes(), []byte("\n")); got < r.given {
		r.t.Errorf("line %d is asked for before line %d is answered: a person at a terminal would wait for ever", r.given+1, r.given)
	}
	if r.given == len(r.lines) {
		return 0, errors.New("the disk is gone")
	}
	r.given++
	return copy(p, r.lines[r.given-1]), nil
}

// Answers come one by one, and an error of the input is the result.
func TestAnswersComeAtOnce(t *testing.T) {
	out := new(bytes.Buffer)
	in := &reader{t: t, lines: []string{"enroll go-101 ada\n", "enroll go-101 bob\n"}, out: out}
	err := lines.Run(t.Context(), &fake{answer: enrolled}, servicetest.Staff, in, out)
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Errorf("the input fails, and Run returns %v: the caller believes that all lines were read", err)
	}
}

func TestEndOfTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	core := &fake{answer: func(c ports.Command) ports.Reply { cancel(); return enrolled(c) }}
	err := lines.Run(ctx, core, servicetest.Staff, strings.NewReader("enroll go-101 ada\nenroll go-101 bob\n"), new(bytes.Buffer))
	if !errors.Is(err, context.Canceled) || len(core.submitted) != 1 {
		t.Errorf("ctx ends after the first line: %d commands were submitted, and Run returns %v, want 1 and context.Canceled", len(core.submitted), err)
	}

	core = &fake{answer: enrolled}
	err = lines.Run(t.Context(), core, servicetest.Staff, strings.NewReader("enroll go-101 ada\nenroll go-101 bob\n"), broken{})
	if !errors.Is(err, errBroken) || len(core.submitted) != 1 {
		t.Errorf("no answer can be written: %d commands were submitted, and Run returns %v, want 1 and the writer's error", len(core.submitted), err)
	}
}

var errBroken = errors.New("broken pipe")

// A broken is a writer whose reader is gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
