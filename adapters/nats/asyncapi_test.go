package nats_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"example.com/roster/domain"
)

// asyncAPI is the part of asyncapi.yaml that is compared with the code.
type asyncAPI struct {
	AsyncAPI string `yaml:"asyncapi"`
	Info     struct {
		Title   string `yaml:"title"`
		Version string `yaml:"version"`
	} `yaml:"info"`
	Channels map[string]struct {
		Address    string         `yaml:"address"`
		Parameters map[string]ref `yaml:"parameters"`
		Messages   map[string]ref `yaml:"messages"`
	} `yaml:"channels"`
	Operations map[string]struct {
		Action  string `yaml:"action"`
		Channel ref    `yaml:"channel"`
		Reply   struct {
			Channel ref `yaml:"channel"`
		} `yaml:"reply"`
	} `yaml:"operations"`
	Components struct {
		Parameters map[string]any `yaml:"parameters"`
		Messages   map[string]struct {
			Name    string `yaml:"name"`
			Headers ref    `yaml:"headers"`
			Payload struct {
				SchemaFormat string `yaml:"schemaFormat"`
				Schema       ref    `yaml:"schema"`
			} `yaml:"payload"`
		} `yaml:"messages"`
		Schemas map[string]struct {
			Required   []string       `yaml:"required"`
			Properties map[string]any `yaml:"properties"`
		} `yaml:"schemas"`
	} `yaml:"components"`
}

type ref struct {
	To string `yaml:"$ref"`
}

func readAsyncAPI(t *testing.T) (text string, api asyncAPI) {
	t.Helper()
	file, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(file, &api); err != nil {
		t.Fatal(err)
	}
	return string(file), api
}

// All types of events.
var eventTypes = []domain.EventType{
	domain.LearnerEnrolled, domain.LearnerWaitlisted, domain.LearnerWithdrawn, domain.LearnerPromoted, domain.LearnerRenamed,
	domain.CourseOpened, domain.CourseChanged, domain.CourseClosed,
}

// The document has every event type, subject, message and schema, and no others.
func TestAsyncAPIIsComplete(t *testing.T) {
	t.Parallel()
	_, api := readAsyncAPI(t)
	if !strings.HasPrefix(api.AsyncAPI, "3.") || api.Info.Title == "" || api.Info.Version == "" {
		t.Errorf("the version is %q, %+v", api.AsyncAPI, api.Info)
	}
	addresses := map[string]string{"command": "roster.commands.{tenant}.{partition}", "reply": "roster.replies.{tenant}"}
	files := map[string]string{"command": "command", "reply": "reply"}
	operations := []string{"work"}
	for _, each := range eventTypes {
		token := strings.ReplaceAll(string(each), ".", "_")
		addresses[token], files[token] = "roster.events.{tenant}.{courseId}."+token, string(each)
		operations = append(operations, "publish_"+token)
	}
	requireNames(t, "channels", maps.Keys(api.Channels), maps.Keys(addresses))
	requireNames(t, "messages", maps.Keys(api.Components.Messages), maps.Keys(addresses))
	requireNames(t, "operations", maps.Keys(api.Operations), slices.Values(operations))
	for name, channel := range api.Channels {
		to := channel.Messages[name].To
		if channel.Address != addresses[name] || to != "#/components/messages/"+name || len(channel.Messages) != 1 {
			t.Errorf("channel %s: %+v", name, channel)
		}
		var inAddress []string
		for part := range strings.SplitSeq(channel.Address, ".") {
			if strings.HasPrefix(part, "{") {
				inAddress = append(inAddress, strings.Trim(part, "{}"))
			}
		}
		requireNames(t, "parameters of "+name, maps.Keys(channel.Parameters), slices.Values(inAddress))
	}
	for name, message := range api.Components.Messages {
		if want := "./schemas/" + files[name] + ".v1.json"; message.Name != files[name] || message.Payload.Schema.To != want {
			t.Errorf("message %s: %+v, want %s", name, message, want)
		}
	}
	var existing []string
	for name := range schemas() {
		existing = append(existing, strings.TrimSuffix(name, ".v1"))
	}
	requireNames(t, "schemas", slices.Values(existing), maps.Values(files))
	for name, o := range api.Operations {
		action, channel, reply := "send", "#/channels/"+strings.TrimPrefix(name, "publish_"), ""
		if name == "work" {
			action, channel, reply = "receive", "#/channels/command", "#/channels/reply"
		}
		if o.Action != action || o.Channel.To != channel || o.Reply.Channel.To != reply {
			t.Errorf("operation %s: %+v", name, o)
		}
	}
}

func requireNames(t *testing.T, what string, got, want func(func(string) bool)) {
	t.Helper()
	if g, w := slices.Sorted(got), slices.Sorted(want); !slices.Equal(g, w) {
		t.Errorf("%s are\n%v, want\n%v", what, g, w)
	}
}

// Every reference has a target.
func TestAsyncAPIReferences(t *testing.T) {
	t.Parallel()
	text, _ := readAsyncAPI(t)
	var root map[string]any
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	var walk func(value any)
	walk = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, each := range v {
				walk(each)
			}
		case map[string]any:
			if to, ok := v["$ref"].(string); ok && !resolves(root, to) {
				t.Errorf("$ref %s has no target", to)
			}
			for _, each := range v {
				walk(each)
			}
		}
	}
	walk(root)
}

func resolves(root any, to string) bool {
	path, inside := strings.CutPrefix(to, "#/")
	if !inside {
		_, err := os.Stat(filepath.FromSlash(to))
		return err == nil
	}
	for name := range strings.SplitSeq(path, "/") {
		m, _ := root.(map[string]any)
		root = m[name]
	}
	return root != nil
}

// The document has exactly the headers of the messages.
func TestAsyncAPIHeaders(t *testing.T) {
	t.Parallel()
	_, api := readAsyncAPI(t)
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	publishAll(t, bus, course("go-101").events(1)...)
	got := messages(t, b.URL(), "ROSTER_EVENTS")[0].Headers()
	for name := range got {
		if strings.HasPrefix(name, "Nats-Expected-") { // between the relay and the broker
			delete(got, name)
		}
	}
	described := api.Components.Schemas["eventHeaders"]
	requireNames(t, "headers", maps.Keys(described.Properties), maps.Keys(got))
	requireNames(t, "required headers", slices.Values(described.Required), maps.Keys(got))
}
