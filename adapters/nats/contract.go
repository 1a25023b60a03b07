package nats

import (
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed asyncapi.yaml schemas
var contract embed.FS

// A Message is one kind of message of asyncapi.yaml.
type Message struct {
	Name, Address, Summary string
	Stream                 string
	Version                string   // of its schema, such as v1
	Schema                 string   // the file, in this folder
	Sent                   bool     // by the service, rather than received
	Calls                  []string // what receiving it calls, such as Commands.Submit enroll: methods of the ports, with the name of an action
	Personal               []string // the paths of the fields that name a person or an enrollment, such as data.learnerId
}

// Messages returns the messages of asyncapi.yaml, by stream and name.
func Messages() (all []Message, err error) {
	type reference struct {
		To string `yaml:"$ref"`
	}
	var document struct {
		Channels   map[string]struct{ Address string }
		Operations map[string]struct {
			Action  string
			Channel reference
			Calls   []string `yaml:"x-calls"`
		}
		Components struct {
			Messages map[string]struct {
				Name, Summary string
				Payload       struct{ Schema reference }
			}
		}
	}
	text, err := contract.ReadFile("asyncapi.yaml")
	if err == nil {
		err = yaml.Unmarshal(text, &document)
	}
	for id, m := range document.Components.Messages { // a channel has one message, and its name
		message := Message{Name: m.Name, Summary: m.Summary, Address: document.Channels[id].Address, Schema: path.Clean(m.Payload.Schema.To), Sent: true}
		message.Stream = streamOf(message.Address)
		message.Version = strings.TrimPrefix(path.Ext(strings.TrimSuffix(message.Schema, ".json")), ".")
		for _, o := range document.Operations {
			if o.Channel.To == "#/channels/"+id {
				message.Calls, message.Sent = o.Calls, o.Action == "send"
			}
		}
		var schema yaml.Node // JSON is YAML, and keeps its order
		text, failed := contract.ReadFile(message.Schema)
		if err = cmp.Or(err, failed, yaml.Unmarshal(text, &schema)); err == nil {
			message.Personal = personal(schema.Content[0], "")
		}
		all = append(all, message)
	}
	slices.SortFunc(all, func(a, b Message) int { return cmp.Or(cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Name, b.Name)) })
	return all, err
}

// personal returns the paths of fields that name a person or an enrollment, in the order of a JSON Schema.
func personal(schema *yaml.Node, at string) (paths []string) {
	for i := 0; i+1 < len(schema.Content); i += 2 {
		switch keyword, value := schema.Content[i].Value, schema.Content[i+1]; keyword {
		case "items":
			paths = append(paths, personal(value, at+"[]")...)
		case "properties":
			for j := 0; j+1 < len(value.Content); j += 2 {
				name := value.Content[j].Value
				within := strings.TrimPrefix(at+"."+name, ".")
				if slices.Contains([]string{"learnerId", "previousLearnerId", "enrollmentId"}, name) {
					paths = append(paths, within)
				}
				paths = append(paths, personal(value.Content[j+1], within)...)
			}
		}
	}
	return paths
}

// A Stream is how the bus creates a stream.
type Stream struct {
	Name, Description string
	Subjects          []string
	Retention         string // "until acknowledged", or for how long, such as "30 days"
}

// Streams returns the streams in the order in which they are created.
func Streams() (all []Stream) {
	b := &Bus{timings: leaseTimings(leaseTime)}
	for _, name := range streams {
		c := b.streamConfig(name)
		s := Stream{Name: name, Description: c.Description, Subjects: c.Subjects}
		switch {
		case c.MaxAge == 0:
			s.Retention = "until acknowledged" // a work queue
		case c.MaxAge >= day:
			s.Retention = fmt.Sprint(int(c.MaxAge/day), " days")
		default:
			s.Retention = fmt.Sprint(int(c.MaxAge/time.Second), " seconds")
		}
		all = append(all, s)
	}
	return all
}
