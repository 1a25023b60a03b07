package nats_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas are the compiled schemas/*.json, by file name without the extension.
var schemas = sync.OnceValue(func() map[string]*jsonschema.Schema {
	files, err := filepath.Glob("schemas/*.json")
	if err != nil {
		panic(err)
	}
	all := make(map[string]*jsonschema.Schema)
	for _, file := range files {
		schema, err := jsonschema.NewCompiler().Compile(file)
		if err != nil {
			panic(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = schema
	}
	return all
})

// requireSchema requires that a body conforms to its schema.
func requireSchema(t testing.TB, name string, body []byte) {
	t.Helper()
	schema := schemas()[name]
	if schema == nil {
		t.Fatalf("there is no schemas/%s.json", name)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v\n%s", err, body)
	}
}

// undescribed returns the fields of a body that its schema does not describe, in any order. A schema allows them, for consumers of tomorrow's events.
func undescribed(schema *jsonschema.Schema, body map[string]any) (fields []string) {
	for name, value := range body {
		described := schema.Properties[name]
		if described == nil {
			fields = append(fields, name)
		} else if object, ok := value.(map[string]any); ok {
			fields = append(fields, undescribed(described, object)...)
		}
	}
	return fields
}

// requireEvent requires that an event conforms to its schema, and that its subject and headers agree with its body.
func requireEvent(t testing.TB, m jetstream.Msg) {
	t.Helper()
	b := read[body](t, m.Data())
	requireSchema(t, b.Type+".v1", m.Data())
	if fields := undescribed(schemas()[b.Type+".v1"], read[map[string]any](t, m.Data())); len(fields) > 0 {
		t.Errorf("schemas/%s.v1.json does not describe %q", b.Type, fields)
	}
	tokens := strings.Split(m.Subject(), ".")
	if len(tokens) != 5 || tokens[2] != b.Tenant || decodeToken(t, tokens[3]) != b.AggregateID ||
		tokens[4] != strings.ReplaceAll(b.Type, ".", "_") {
		t.Errorf("the subject is %s, the event %s of %q on %q", m.Subject(), b.Type, b.Tenant, b.AggregateID)
	}
	occurredAt := read[struct{ OccurredAt string }](t, m.Data()).OccurredAt
	for name, want := range map[string]string{
		"content-type": "application/json", "ce-specversion": "1.0", "ce-id": b.EventID,
		"ce-source": "/roster/" + b.Tenant, "ce-type": b.Type, "ce-time": occurredAt,
	} {
		if got := m.Headers().Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("the header %s is %q, want %q", name, got, want)
		}
	}
	if id := m.Headers().Values("Nats-Msg-Id"); len(id) != 1 || id[0] != b.EventID && !republished.MatchString(strings.TrimPrefix(id[0], b.EventID)) {
		t.Errorf("the header Nats-Msg-Id is %q, want %q, or with the number of a republication", id, b.EventID)
	}
	if subject, err := url.PathUnescape(m.Headers().Get("ce-subject")); err != nil || subject != b.AggregateID {
		t.Errorf("the header ce-subject is %q, %v; want %q", subject, err, b.AggregateID)
	}
}

// republished is what the message id of a republication has after the eventId.
var republished = regexp.MustCompile(`^\.[1-9][0-9]*$`)

// decodeToken returns the course in a token of a subject, as a consumer would.
func decodeToken(t testing.TB, token string) string {
	t.Helper()
	for _, c := range []byte(token) {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-=", rune(c)) {
			t.Errorf("the token %q has the byte %q", token, c)
		}
	}
	id, err := url.PathUnescape(strings.ReplaceAll(token, "=", "%"))
	if err != nil {
		t.Error(err)
	}
	return id
}

// The baseline is the first release of each version. A change that breaks its promise to consumers or senders needs a new version
// beside it.
func TestSchemasAreBackwardCompatible(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/baseline/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		promised, now := readSchema(t, file), any(nil)
		if text, err := os.ReadFile(filepath.Join("schemas", filepath.Base(file))); err == nil {
			now = read[any](t, text)
		}
		incoming := strings.HasPrefix(filepath.Base(file), "command.")
		for _, broken := range breakingChanges(promised, now, incoming) {
			t.Errorf("%s: %s", filepath.Base(file), broken)
		}
	}
}

// Breaking changes of each kind, planted in the current schemas.
func TestBreakingSchemaChangesAreFound(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	properties := func(s object) object { return s["properties"].(object) }
	data := func(s object) object { return properties(s)["data"].(object) }
	for name, c := range map[string]struct {
		file   string
		change func(object)
		want   string // "" if the change is allowed
	}{
		"an event's field is removed": {
			"learner.withdrawn", func(s object) { delete(properties(data(s)), "from") }, "data.from was removed",
		}, "an event's field is renamed": {
			"learner.enrolled", func(s object) {
				properties(s)["course"] = properties(s)["aggregateId"]
				delete(properties(s), "aggregateId")
			}, "aggregateId was removed",
		}, "an event's field becomes optional": {
			"learner.enrolled", func(s object) { data(s)["required"] = []any{"learnerId"} }, "data: enrollmentId became optional",
		}, "an event's field has another type": {
			"course.opened", func(s object) { properties(data(s))["capacity"].(object)["type"] = "string" }, "data.capacity: type was",
		}, "an event's field may be null": {
			"course.opened", func(s object) { properties(data(s))["title"].(object)["type"] = []any{"string", "null"} },
			"data.title: type was",
		}, "an event's field has a new value": {
			"learner.withdrawn", func(s object) {
				properties(data(s))["from"].(object)["enum"] = []any{"enrolled", "waitlisted", "offered"}
			},
			"data.from: offered is new",
		}, "an event's field may be longer": {
			"course.opened", func(s object) { properties(data(s))["title"].(object)["maxLength"] = 300.0 }, "data.title: maxLength was",
		}, "an event's limit is removed": {
			"course.opened", func(s object) { delete(properties(data(s))["capacity"].(object), "minimum") }, "data.capacity: minimum was",
		}, "another version under the same name": {
			"course.closed", func(s object) { properties(s)["schemaVersion"].(object)["const"] = 2.0 }, "schemaVersion: const was",
		}, "an event's field is added": {
			"learner.enrolled", func(s object) {
				properties(data(s))["paidBy"] = object{"type": "string"}
				data(s)["required"] = append(data(s)["required"].([]any), "paidBy")
			}, "",
		}, "an event's value is removed": {
			"learner.withdrawn", func(s object) { properties(data(s))["from"].(object)["enum"] = []any{"enrolled"} }, "",
		}, "an event's description changes": {
			"learner.enrolled", func(s object) { s["description"] = "A learner got a seat." }, "",
		}, "a command requires more": {
			"command", func(s object) { s["required"] = []any{"key"} }, "key became required",
		}, "a command has another alternative": {
			"command", func(s object) { s["anyOf"] = append(s["anyOf"].([]any), object{"required": []any{"offers"}}) }, "anyOf was",
		}, "a command's field is removed": {
			"command", func(s object) { delete(properties(s), "correlationId") }, "correlationId was removed",
		}, "a command's value is removed": {
			"command", func(s object) { properties(s)["action"].(object)["enum"] = []any{"enroll"} }, "action: withdraw was removed",
		}, "a command's field must be shorter": {
			"command", func(s object) { properties(s)["key"].(object)["maxLength"] = 64.0 }, "key: maxLength was",
		}, "a command's field has a new pattern": {
			"command", func(s object) { properties(s)["key"].(object)["pattern"] = "^[a-z]+$" }, "key: pattern is new",
		}, "a command must not have other fields": {
			"command", func(s object) { s["additionalProperties"] = false }, "additionalProperties is new",
		}, "a command's field is added": {
			"command", func(s object) { properties(s)["priority"] = object{"type": "integer"} }, "",
		}, "a command requires less": {
			"command", func(s object) { delete(s, "anyOf") }, "",
		}, "a command's value is added": {
			"command", func(s object) { properties(s)["action"].(object)["enum"] = []any{"enroll", "withdraw", "offer"} }, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("schemas", c.file+".v1.json")
			changed := readSchema(t, file)
			c.change(changed.(object))
			got := breakingChanges(readSchema(t, file), changed, c.file == "command")
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("breaking changes are %q, want %q", got, c.want)
			}
		})
	}
	if got := breakingChanges(readSchema(t, "schemas/command.v1.json"), nil, true); len(got) != 1 {
		t.Errorf("a removed schema: %q", got)
	}
	alternatives := func(all ...any) object { return object{"anyOf": all} }
	a, ab := object{"required": []any{"a"}}, object{"required": []any{"a", "b"}}
	for name, c := range map[string]struct {
		now      object
		breaking bool
	}{
		"what was required, or something else":     {alternatives(a, ab), false},
		"more than what was required":              {alternatives(ab), true},
		"what was required, with another property": {alternatives(object{"required": []any{"a"}, "properties": object{}}), true},
	} {
		if got := breakingChanges(object{"required": []any{"a"}}, c.now, true); len(got) > 0 != c.breaking {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// oldConsumer is a consumer that knows fewer fields.
type oldConsumer struct {
	EventID string `json:"eventId"`
	Type    string `json:"type"`
	Data    struct {
		LearnerID string `json:"learnerId"`
	} `json:"data"`
}

// Older consumers and their schemas ignore a new field.
func TestOldConsumersIgnoreNewFields(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	publishAll(t, bus, course("go-101").events(1)...)
	published := messages(t, b.URL(), "ROSTER_EVENTS")[0].Data()

	newer := read[map[string]any](t, published)
	newer["location"] = map[string]any{"floor": 2}
	newer["data"].(map[string]any)["paidBy"] = "an employer"
	text, err := json.Marshal(newer)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := read[oldConsumer](t, published), read[oldConsumer](t, text); before != after || after.Data.LearnerID == "" {
		t.Errorf("the old consumer reads %+v, and of the newer event %+v", before, after)
	}
	requireSchema(t, "learner.enrolled.v1", text)
}
