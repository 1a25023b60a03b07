package nats_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestReadCommand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want ports.Action
		key  string
	}{
		"enroll": {
			`{"action":"enroll","courseId":"go-101","learnerId":"ada"}`, ports.Enroll{Course: "go-101", Learner: "ada"}, "",
		},
		"withdraw, with a key": {
			`{"action":"withdraw","courseId":"go-101","learnerId":"ada","key":"k"}`, ports.Withdraw{Course: "go-101", Learner: "ada"}, "k",
		},
		"unknown fields": {
			`{"action":"enroll","courseId":"c","learnerId":"a","location":{"floor":2},"tags":[null]}`,
			ports.Enroll{Course: "c", Learner: "a"}, "",
		},
		"unknown fields that say nothing about the action": {
			`{"action":"enroll","courseId":"c","learnerId":"a","status":"withdrawn","actor":"x","course":"d","id":7}`,
			ports.Enroll{Course: "c", Learner: "a"}, "",
		},
		"a learner with outer white space leaves": {
			`{"action":"withdraw","courseId":"c","learnerId":" ada "}`, ports.Withdraw{Course: "c", Learner: " ada "}, "",
		},
		"withdraw from one enrollment": {
			`{"action":"withdraw","courseId":"c","learnerId":"a","enrollmentId":"e1"}`, ports.Withdraw{Course: "c", Learner: "a", Enrollment: "e1"}, "",
		},
		"a seat only": {
			`{"action":"enroll","courseId":"c","learnerId":"a","seatOnly":true}`, ports.Enroll{Course: "c", Learner: "a", SeatOnly: true}, "",
		},
		"not a seat only": {
			`{"action":"enroll","courseId":"c","learnerId":"a","seatOnly":false}`, ports.Enroll{Course: "c", Learner: "a"}, "",
		},
		"escapes": {
			`{"action":"enroll","courseId":"c","learnerId":"\u00e9 \ud83d\ude00 \/"}`, ports.Enroll{Course: "c", Learner: "é 😀 /"}, "",
		},
		"white space": {
			` {"action" : "enroll",` + "\n" + ` "courseId":"c","learnerId":"a"} `, ports.Enroll{Course: "c", Learner: "a"}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := nats.ReadCommand("default", []byte(c.body))
			by := ports.Actor{Tenant: "default", Subject: "queue", Role: ports.Staff}
			if err != nil || len(got.Actions) != 1 || got.Actions[0] != c.want || got.AllOrNothing || got.Key != c.key || got.By != by {
				t.Errorf("%+v, %v", got, err)
			}
			requireSchema(t, "command.v1", []byte(c.body))
		})
	}
}

func TestReadCommandRejectsInvalidBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, says string }{
		"empty":                {``, "body"},
		"not JSON":             {`enroll ada`, "body"},
		"an array":             {`[{"action":"enroll"}]`, "body"},
		"null":                 {`null`, "body"},
		"truncated":            {`{"action":"enroll","courseId":"c"`, "body"},
		"trailing data":        {`{"action":"enroll","courseId":"c","learnerId":"a"} {}`, "nothing after it"},
		"a duplicate name":     {`{"action":"enroll","courseId":"c","courseId":"d","learnerId":"a"}`, "duplicate key 'courseId'"},
		"an unknown duplicate": {`{"action":"enroll","courseId":"c","learnerId":"a","x":1,"x":2}`, "duplicate key 'x'"},
		"no action":            {`{"courseId":"c","learnerId":"a"}`, "action"},
		"another action":       {`{"action":"offer","courseId":"c","learnerId":"a"}`, "action"},
		"a course to change":   {`{"action":"put","courseId":"c","learnerId":"a"}`, "enroll or withdraw"},
		"no course":            {`{"action":"enroll","learnerId":"a"}`, "courseId"},
		"no learner":           {`{"action":"enroll","courseId":"c"}`, "learnerId"},
		"a line of list":       {`{"courseId":"go-101","learnerId":"ada","status":"withdrawn"}`, "action"},
		"a padded learner":     {`{"action":"enroll","courseId":"c","learnerId":"ada\u00a0"}`, "learnerId must not begin or end with white space"},
		"a number":             {`{"action":"enroll","courseId":7,"learnerId":"a"}`, "courseId"},
		"a null":               {`{"action":"enroll","courseId":"c","learnerId":"a","key":null}`, "key"},
		"a course of dots":     {`{"action":"enroll","courseId":"..","learnerId":"a"}`, "courseId"},
		"a padded course":      {`{"action":"enroll","courseId":" c","learnerId":"a"}`, "courseId"},
		"a control character":  {`{"action":"enroll","courseId":"c","learnerId":"a\u0000"}`, "learnerId"},
		"an empty enrollment":  {`{"action":"withdraw","courseId":"c","learnerId":"a","enrollmentId":""}`, "enrollmentId must not be empty"},
		"a number as id":       {`{"action":"withdraw","courseId":"c","learnerId":"a","enrollmentId":7}`, "enrollmentId must be a string"},
		"enroll in enrollment": {`{"action":"enroll","courseId":"c","learnerId":"a","enrollmentId":"e"}`, "enrollmentId is for withdraw only"},
		"withdraw a seat only": {`{"action":"withdraw","courseId":"c","learnerId":"a","seatOnly":true}`, "seatOnly is for enroll only"},
		"a text for a bool":    {`{"action":"enroll","courseId":"c","learnerId":"a","seatOnly":"true"}`, "seatOnly must be true or false"},
		"a null for a bool":    {`{"action":"enroll","courseId":"c","learnerId":"a","seatOnly":null}`, "seatOnly must be true or false"},
		"no list":              {`{"actions":{"action":"enroll","courseId":"c","learnerId":"a"}}`, "actions must be a list"},
		"an empty list":        {`{"actions":[]}`, "actions must be 1 to 1024, got 0"},
		"too long a list":      {`{"actions":[` + strings.Repeat("{},", 1024) + `{}]}`, "actions must be 1 to 1024, got 1025"},
		"a list and an action": {`{"action":"enroll","actions":[{"action":"enroll","courseId":"c","learnerId":"a"}]}`, "either action or actions"},
		"a text in a list":     {`{"actions":["enroll"]}`, "action 1: body must be one JSON object"},
		"a bad second action":  {`{"actions":[{"action":"enroll","courseId":"c","learnerId":"a"},{"action":"enroll","courseId":"c"}]}`, "action 2: learnerId"},
		"misspelled in a list": {`{"actions":[{"actoin":"withdraw","courseId":"c","learnerId":"a"}]}`, "action 1: body has the unknown field actoin; did you mean action?"},
		"a duplicate in it":    {`{"actions":[{"action":"enroll","courseId":"c","learnerId":"a","learnerId":"b"}]}`, "duplicate key 'learnerId'"},
		"a key in a list":      {`{"actions":[{"action":"enroll","courseId":"c","learnerId":"a","key":"k"}]}`, "action 1: key must stand beside actions"},
		"half a character":     {`{"action":"enroll","courseId":"c","learnerId":"\ud83d"}`, "learnerId"},
		"not UTF-8":            {"{\"action\":\"enroll\",\"courseId\":\"c\",\"learnerId\":\"\xff\"}", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := nats.ReadCommand("default", []byte(c.body))
			if !errors.Is(err, domain.ErrInvalidArgument) || !strings.Contains(fmt.Sprint(err), c.says) || len(got.Actions) > 0 {
				t.Errorf("%+v, %v; want %s", got, err, c.says)
			}
		})
	}
}

// An unknown field that is probably a misspelled one would decide without being read.
func TestMisspelledFields(t *testing.T) {
	t.Parallel()
	for unknown, known := range map[string]string{
		"Action": "action", "ACTION": "action", "CourseID": "courseId", "courseId_": "courseId", "_learnerId": "learnerId", // case, or one more
		"actoin": "action", "corelationId": "correlationId", "learnerIds": "learnerId", "courseIf": "courseId", "Kye": "key", "ey": "key",
	} {
		body := fmt.Sprintf(`{"action":"enroll","courseId":"c","learnerId":"a","key":"k","correlationId":"x",%q:"withdraw"}`, unknown)
		got, err := nats.ReadCommand("default", []byte(body))
		if want := fmt.Sprintf("unknown field %s; did you mean %s?", unknown, known); !errors.Is(err, domain.ErrInvalidArgument) ||
			!strings.Contains(fmt.Sprint(err), want) || len(got.Actions) > 0 || got.Key != "k" {
			t.Errorf("%+v, %v; want %s", got, err, want)
		}
	}
	for _, unknown := range []string{"actor", "acotin", "course", "learner", "at", "k", "", "é", "keyId", "courseName"} { // two edits or more
		body := fmt.Sprintf(`{"action":"enroll","courseId":"c","learnerId":"a",%q:"withdraw"}`, unknown)
		if _, err := nats.ReadCommand("default", []byte(body)); err != nil {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	_, err := nats.ReadCommand("default", []byte(`{"actoin":"withdraw","courseId":"c","learnerId":"a"}`))
	if fmt.Sprint(err) != "body has the unknown field actoin; did you mean action?" {
		t.Error(err)
	}
}

func TestReadAllOrNothing(t *testing.T) {
	t.Parallel()
	body := []byte(`{"correlationId":"x","actions":[{"action":"withdraw","courseId":"sec-1","learnerId":"ada","enrollmentId":"e1","note":1},` +
		`{"action":"enroll","courseId":"sec-2","learnerId":"ada","seatOnly":true}],"key":"swap","newer":{}}`)
	want := ports.Command{
		By: ports.Actor{Tenant: "default", Subject: "queue", Role: ports.Staff}, Key: "swap", Correlation: "x", AllOrNothing: true,
		Actions: []ports.Action{
			ports.Withdraw{Course: "sec-1", Learner: "ada", Enrollment: "e1"}, ports.Enroll{Course: "sec-2", Learner: "ada", SeatOnly: true},
		},
	}
	requireSchema(t, "command.v1", body)
	if got, err := nats.ReadCommand("default", body); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	want.Actions = want.Actions[:1]
	body = []byte(`{"actions":[{"action":"withdraw","courseId":"sec-1","learnerId":"ada","enrollmentId":"e1"}],"key":"swap","correlationId":"x"}`)
	if got, err := nats.ReadCommand("default", body); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a list of one action: %+v, %v; want %+v", got, err, want)
	}
}

func FuzzReadCommand(f *testing.F) {
	f.Add([]byte(`{"actions":[{"action":"enroll","courseId":"go-101","learnerId":"ada"},{"action":"withdraw","courseId":"c","learnerId":"b"}]}`))
	f.Add([]byte(`{"action":"enroll","courseId":"go-101","learnerId":"ada","key":"k","correlationId":"c"}`))
	f.Add([]byte(`{"action":"withdraw","courseId":"c","learnerId":"\ud83d\ude00","x":[{}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := nats.ReadCommand("default", body)
		if err != nil {
			if !errors.Is(err, domain.ErrInvalidArgument) || len(c.Actions) > 0 {
				t.Fatalf("%+v, %v", c, err)
			}
			return
		}
		if len(c.Actions) == 0 || len(c.Actions) > 1 && !c.AllOrNothing || !utf8.ValidString(c.Key) {
			t.Fatalf("%+v", c)
		}
		for _, a := range c.Actions {
			if a.Validate() != nil {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// Commands of other senders are delivered as they are, readable or not, and keep their id in every delivery.
func TestCommandsOfOtherSenders(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	if err := bus.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	js := jetStream(t, b.URL())
	send := func(subject, id, body string) {
		t.Helper()
		m := &client.Msg{Subject: subject, Data: []byte(body), Header: client.Header{}}
		if id != "" {
			m.Header.Set(jetstream.MsgIDHeader, id)
		}
		m.Header["traceparent"] = []string{"00-zz"}
		if _, err := js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	valid := `{"action":"enroll","courseId":"c","learnerId":"ada"}`
	send("roster.commands.default.3", "m-1", valid)
	send("roster.commands.default.3", "m-2", `{"action":"enroll","courseId":"c","learnerId":"ada","key":"k"}`)
	send("roster.commands.default.3", "", valid)
	send("roster.commands.a$b.3", "m-4", "\xff")

	var first, second []ports.QueuedCommand
	work(t, bus, func(commands []ports.QueuedCommand) error {
		if first == nil {
			first = commands
			return errors.New("on purpose")
		}
		second = commands
		return nil
	})
	if len(first) != 4 || len(second) != 4 {
		t.Fatalf("%d commands were delivered, then %d", len(first), len(second))
	}
	for i, want := range []struct {
		tenant     domain.TenantID
		key        string
		unreadable bool
	}{{"default", "m-1", false}, {"default", "k", false}, {"default", first[2].ID, false}, {"a$b", "m-4", true}} {
		c := first[i]
		if c.Tenant != want.tenant || c.Command.Key != want.key || (c.Unreadable != nil) != want.unreadable || c.Command.Trace != "" {
			t.Errorf("command %d is %+v", i, c)
		}
		if second[i].ID != c.ID || second[i].Command.Key != c.Command.Key || c.ID == "" || second[i].Attempts != 2 {
			t.Errorf("command %d has the id %q, then %q", i, c.ID, second[i].ID)
		}
	}
	answers := messages(t, b.URL(), "ROSTER_REPLIES")
	if len(answers) != 4 || answers[3].Subject() != "roster.replies.a$b" {
		t.Errorf("%d replies", len(answers))
	}
	if _, err := js.Publish(t.Context(), "roster.commands.default.16", []byte(valid)); err == nil {
		t.Error("a command was accepted for a partition that does not exist")
	}
	if _, err := js.Publish(t.Context(), "roster.commands.default.3", make([]byte, 65<<10)); err == nil {
		t.Error("a command of 65 KiB was accepted")
	}
}

func TestSendRejectsInvalidCommands(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	for name, change := range map[string]func(*ports.Command){
		"no action":  func(c *ports.Command) { c.Actions = nil },
		"a course":   func(c *ports.Command) { c.Actions = []ports.Action{ports.PutCourse{Course: "c"}} },
		"two":        func(c *ports.Command) { c.Actions = append(c.Actions, c.Actions...) },
		"too many":   func(c *ports.Command) { c.Actions, c.AllOrNothing = slices.Repeat(c.Actions, ports.MaxActions+1), true },
		"padded":     func(c *ports.Command) { c.Actions = []ports.Action{ports.Enroll{Course: "c", Learner: "ada "}} },
		"no tenant":  func(c *ports.Command) { c.By.Tenant = "" },
		"a wildcard": func(c *ports.Command) { c.By.Tenant = "*" },
		"no learner": func(c *ports.Command) { c.Actions = []ports.Action{ports.Enroll{Course: "c"}} },
	} {
		commands := []ports.Command{command("c", 1), command("c", 2), command("c", 3)}
		change(&commands[1])
		n, err := bus.Send(t.Context(), commands)
		if n != 1 || !errors.Is(err, domain.ErrInvalidArgument) || !strings.Contains(err.Error(), "command 2") {
			t.Errorf("%s: %d were acknowledged: %v", name, n, err)
		}
	}
}

// Send stops at a command that the broker refuses, because the next ones may be on the same course.
func TestSendStopsAfterARefusedCommand(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	commands := []ports.Command{command("c", 1), command("c", 2), command("c", 3)}
	commands[1].Key = strings.Repeat("k", 65<<10)
	if n, err := bus.Send(t.Context(), commands); n != 1 || err == nil {
		t.Errorf("%d were acknowledged: %v", n, err)
	}
	queue, err := jetStream(t, b.URL()).Stream(t.Context(), "ROSTER_COMMANDS")
	if err != nil {
		t.Fatal(err)
	}
	if waiting := queue.CachedInfo().State.Msgs; waiting != 1 {
		t.Errorf("%d commands wait, want only the first", waiting)
	}
}

// Senders in other languages compute the partition, too.
func TestPartitionsNeverChange(t *testing.T) {
	t.Parallel()
	for course, want := range map[domain.CourseID]int{"": 5, "c": 2, "a": 12, "foobar": 8, "CS 115 (A)": 0, "数学 101": 4} {
		if got := ports.PartitionOf(course); got != want {
			t.Errorf("course %q is in partition %d, want %d", course, got, want)
		}
	}
}
