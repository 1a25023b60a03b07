package record

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// LikeC4 returns the record as a model of the C4 kind in the language of LikeC4: the service in its context, its containers, and a view
// of each process.
func LikeC4(r Record) (string, error) {
	d := &c4{record: r, known: make(map[string]bool)}
	d.line(0, "%s", strings.TrimSpace(c4Specification))
	d.line(0, "model {")
	d.elements()
	d.relations()
	d.line(0, "}")
	d.views()
	return d.text.String(), nil
}

const c4Specification = `
specification {
  element actor {
    style { shape person }
  }
  element service
  element container
  element store {
    style { shape storage }
  }
  element stream {
    style { shape queue }
  }
  element system {
    style { color muted }
  }
}
`

// A c4 collects the text of a model.
type c4 struct {
	record Record
	text   strings.Builder
	known  map[string]bool // relations
}

func (d *c4) line(indent int, format string, args ...any) {
	d.text.WriteString(strings.Repeat("  ", indent) + fmt.Sprintf(format, args...) + "\n")
}

// element declares an element of a kind. The kind is part of its name, so that no name is a word of the language.
func (d *c4) element(indent int, kind, name, description, technology string) {
	d.line(indent, "%s = %s %s {", c4Name(kind, name), kind, quote(name))
	d.line(indent+1, "description %s", quote(description))
	if technology != "" {
		d.line(indent+1, "technology %s", quote(technology))
	}
	d.line(indent, "}")
}

func (d *c4) elements() {
	s := d.record.Service
	for _, role := range d.roles() {
		d.element(1, "actor", role, "A caller with the role "+role, "")
	}
	for _, name := range d.others() {
		d.element(1, "system", name, "Takes part in a process with "+s.Name, "")
	}
	for _, u := range d.systems() {
		d.element(1, "system", u.Name, u.Title, u.Protocol)
	}
	d.line(1, "%s = service %s {", d.service(), quote(s.Name))
	d.line(2, "description %s", quote(s.Description))
	for _, p := range d.containers() {
		d.element(2, "container", p.ID, p.Summary, "Go")
	}
	for _, store := range d.stores() {
		d.element(2, "store", store.Name, store.Title, "")
	}
	for _, stream := range d.record.Streams {
		d.element(2, "stream", stream.Name, stream.Title, "")
	}
	d.line(1, "}")
}

func (d *c4) relations() {
	for _, a := range d.record.APIs {
		for _, role := range d.roles() {
			for _, e := range a.Endpoints {
				if slices.Contains(e.Roles, role) {
					d.relation(c4Name("actor", role), d.side(a.Name+"/"+e.ID), a.Title)
				}
			}
		}
	}
	for _, p := range d.containers() {
		for _, store := range d.stores() {
			d.relation(d.inside("container", p.ID), d.inside("store", store.Name), "reads and writes")
		}
		for _, stream := range d.record.Streams {
			d.streamRelations(p.ID, stream)
		}
	}
	for _, u := range d.systems() {
		for _, p := range d.containers() {
			if slices.Contains(u.By, p.ID) {
				d.relation(d.inside("container", p.ID), c4Name("system", u.Name), u.Protocol)
			}
		}
	}
	for _, process := range d.record.Processes {
		for _, step := range process.Steps {
			from, to := d.participant(step.From), d.participant(step.To)
			switch d.service() {
			case from:
				from = d.side(step.Endpoint)
			case to:
				to = d.side(step.Endpoint)
			}
			if from != to {
				d.relation(from, to, step.Title)
			}
		}
	}
}

// streamRelations relates a container to a stream. The processes consume the messages of a queue, and a command of the command line
// publishes them. Other streams are written by the processes.
func (d *c4) streamRelations(container string, s Stream) {
	process, queue := container != commandLine, s.Consumes && len(s.Messages) > 0
	if s.Publishes && process != queue {
		d.relation(d.inside("container", container), d.inside("stream", s.Name), "publishes")
	}
	if s.Consumes && process {
		d.relation(d.inside("container", container), d.inside("stream", s.Name), "consumes")
	}
}

// side returns the element of the service at which an endpoint meets its users: a container, or the stream that carries a message.
func (d *c4) side(endpoint string) string {
	for _, s := range d.record.Streams {
		if slices.Contains(s.Messages, endpoint) {
			return d.inside("stream", s.Name)
		}
	}
	for _, a := range d.record.APIs {
		if name, _, _ := strings.Cut(endpoint, "/"); name == a.Name && a.Kind == "http" {
			return d.inside("container", serve)
		} else if name == a.Name && a.Kind == commandLine {
			return d.inside("container", commandLine)
		}
	}
	return d.service()
}

func (d *c4) relation(from, to, title string) {
	line := fmt.Sprintf("%s -> %s %s", from, to, quote(title))
	if !d.known[line] {
		d.known[line] = true
		d.line(1, "%s", line)
	}
}

func (d *c4) views() {
	d.line(0, "views {")
	d.line(1, "view index {")
	d.line(2, "title %s", quote(d.record.Service.Name+" in its context"))
	d.line(2, "include *")
	d.line(1, "}")
	d.line(1, "view containers of %s {", d.service())
	d.line(2, "title %s", quote("The containers of "+d.record.Service.Name))
	d.line(2, "include *")
	d.line(1, "}")
	for _, process := range d.record.Processes {
		d.line(1, "dynamic view %s {", c4Name("process", process.Name))
		d.line(2, "title %s", quote(process.Title))
		for _, step := range process.Steps {
			d.line(2, "%s -> %s %s", d.participant(step.From), d.participant(step.To), quote(step.Title))
		}
		d.line(1, "}")
	}
	d.line(0, "}")
}

// These containers are commands of the command line, which run until they are stopped. The other commands are one container.
const (
	serve       = "serve"
	worker      = "worker"
	commandLine = "command-line"
)

// containers returns what is started: the commands that run until they are stopped, and the others as one.
func (d *c4) containers() (found []Endpoint) {
	for _, a := range d.record.APIs {
		for _, e := range a.Endpoints {
			if a.Kind == commandLine && slices.Contains([]string{serve, worker}, e.ID) {
				found = append(found, e)
			}
		}
		if a.Kind == commandLine {
			found = append(found, Endpoint{ID: commandLine, Summary: a.Title})
		}
	}
	return found
}

// roles returns the roles that callers have, in order.
func (d *c4) roles() (roles []string) {
	for _, a := range d.record.APIs {
		for _, e := range a.Endpoints {
			roles = append(roles, e.Roles...)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// stores returns the stores outside the processes.
func (d *c4) stores() []Store {
	return slices.DeleteFunc(slices.Clone(d.record.Stores), func(s Store) bool { return len(s.Tables) == 0 })
}

// systems returns the external systems that are not stores.
func (d *c4) systems() []Use {
	return slices.DeleteFunc(slices.Clone(d.record.Uses), func(u Use) bool {
		return !u.External || slices.ContainsFunc(d.record.Stores, func(s Store) bool { return s.Name == u.Name })
	})
}

// others returns the participants of processes that are neither the service, nor a role, nor used, in order.
func (d *c4) others() (names []string) {
	for _, process := range d.record.Processes {
		for _, step := range process.Steps {
			names = append(names, step.From, step.To)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		return name == d.record.Service.Name || slices.Contains(d.roles(), name) ||
			slices.ContainsFunc(d.systems(), func(u Use) bool { return u.Name == name })
	})
}

// participant returns the element that takes part in a process.
func (d *c4) participant(name string) string {
	switch {
	case name == d.record.Service.Name:
		return d.service()
	case slices.Contains(d.roles(), name):
		return c4Name("actor", name)
	}
	return c4Name("system", name)
}

func (d *c4) service() string { return c4Name("service", d.record.Service.Name) }

// inside returns the full name of an element of the service.
func (d *c4) inside(kind, name string) string { return d.service() + "." + c4Name(kind, name) }

var notInC4Name = regexp.MustCompile(`[^A-Za-z0-9]+`)

func c4Name(kind, name string) string { return kind + "_" + notInC4Name.ReplaceAllString(name, "_") }

// quote returns a string of the language. It has no line breaks.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(strings.Join(strings.Fields(s), " ")) + "'"
}
