package page

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/recorder"
	"example.com/roster/cmd/proof/recorder/entered"
	"example.com/roster/cmd/proof/source"
)

// client is who sends requests.
const client = "client"

// A step is what happens in one room of the hexagon, until another is entered.
type step struct {
	From    string    `json:"from"`
	Room    string    `json:"room"`
	Also    []string  `json:"also"`    // rooms of values and decorators
	Returns bool      `json:"returns"` // from the room before, which this one had called
	Port    bool      `json:"port"`    // whether it passes a port
	Later   bool      `json:"later"`   // whether it happens in the background, after the answer
	Calls   []call    `json:"calls"`
	Carries []carried `json:"carries"`
}

// A call is a function that is entered.
type call struct {
	File     string `json:"file"`
	Function string `json:"function"`
}

// carried is what is sent at a step.
type carried struct {
	Kind string `json:"kind"` // JSON, SQL or message
	Text string `json:"text"`
}

// stepsOf returns the rooms that calls enter, in order, each with its functions once. Values, which only check or convert themselves, and
// decorators, which pass on what they get, belong to the room that calls them.
func stepsOf(calls []recorder.Call, later bool) (steps []step) {
	for _, c := range calls {
		room := roomOf(path.Dir(c.File))
		n := len(steps) - 1
		if n < 0 || !folded(room) && c.File != "domain/id.go" && steps[n].Room != room {
			s := step{Room: room, From: caller(c), Later: later, Calls: []call{}, Carries: []carried{}, Also: []string{}}
			if s.From == room && n >= 0 {
				s.From, s.Returns = steps[n].Room, true
			}
			s.Port = !s.Returns && (s.From == "application" && adapter(room) || adapter(s.From) && room == "application")
			steps, n = append(steps, s), n+1
		}
		s := &steps[n]
		if entry := (call{c.File, c.Function}); room != entered.Broker && !slices.Contains(s.Calls, entry) {
			s.Calls = append(s.Calls, entry)
		}
		if room != s.Room && !slices.Contains(s.Also, room) {
			s.Also = append(s.Also, room)
		}
		if room == entered.Broker {
			s.Carries = append(s.Carries, carried{"subject", c.Function})
		}
		for _, sent := range c.Carried {
			s.Carries = append(s.Carries, textOf(sent))
		}
	}
	return steps
}

func folded(room string) bool {
	return slices.Contains([]string{"ports", "adapters/observe", "adapters/cache", "adapters/internal/jsonfields", "adapters/internal/spelling"}, room)
}

// caller returns the room of the nearest caller, or the client.
func caller(c recorder.Call) string {
	for _, folder := range c.Callers {
		if room := roomOf(folder); !folded(room) {
			return room
		}
	}
	return client
}

// roomOf returns the room of the hexagon that a folder belongs to.
func roomOf(folder string) string { return source.PackageOf(folder) }

func adapter(room string) bool { return strings.HasPrefix(room, "adapters/") }

// textOf returns what is sent, as people read it: SQL with its values below, and a message as it is.
func textOf(sent recorder.Carried) carried {
	text, ok := sent.Parts[0].(string)
	if !ok {
		return carried{sent.Kind, ""}
	}
	if sent.Kind != "SQL" {
		return carried{sent.Kind, text}
	}
	text = strings.TrimSpace(text)
	if values, ok := sent.Parts[len(sent.Parts)-1].([]any); ok && len(values) > 0 {
		only := make([]any, len(values))
		for i, v := range values {
			if named, ok := v.(map[string]any); ok {
				only[i] = named["Value"]
			}
		}
		shown, _ := json.Marshal(only) // it is decoded JSON
		text += "\n-- " + string(shown)
	}
	return carried{"SQL", text}
}
