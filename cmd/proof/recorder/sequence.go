package recorder

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"example.com/roster/cmd/proof/recorder/entered"
)

// hidden are packages and files that no drawing shows: values and their notation, and the decorators of ports. What a decorator calls is
// shown as a call of its caller.
var hidden = []string{"ports", "domain/id.go", "adapters/observe", "adapters/cache", "adapters/internal/jsonfields", "adapters/internal/spelling"}

// outside are files that stand in for another party.
var outside = map[string]string{"cmd/example/payments/charging/bank.go": "bank"}

// sender is who sends requests.
const sender = "client"

// An arrow is what one package calls of another, in one go.
type arrow struct {
	from, to  string
	functions []string
}

// Sequence returns a Mermaid sequence diagram of the calls between packages, and of the messages between packages and the broker. A call
// that is repeated within a story is shown once: see [stories].
func Sequence(calls []Call) string {
	var arrows []arrow
	for _, story := range stories(calls) {
		var drawn []arrow
		for _, c := range story {
			from, to := ends(c)
			if from == to || slices.ContainsFunc(drawn, func(a arrow) bool {
				return a.from == from && a.to == to && slices.Contains(a.functions, c.Function)
			}) {
				continue
			}
			if n := len(drawn) - 1; n >= 0 && drawn[n].from == from && drawn[n].to == to {
				drawn[n].functions = append(drawn[n].functions, c.Function)
				continue
			}
			drawn = append(drawn, arrow{from, to, []string{c.Function}})
		}
		arrows = append(arrows, drawn...)
	}
	var b strings.Builder
	b.WriteString("```mermaid\nsequenceDiagram\n  autonumber\n")
	declare(&b, arrows)
	for _, a := range arrows {
		fmt.Fprintf(&b, "  %s->>%s: %s\n", id(a.from), id(a.to), strings.Join(a.functions, "<br/>"))
	}
	b.WriteString("```\n")
	return b.String()
}

// ends returns the packages between which a call is drawn. They are equal if it is not.
func ends(c Call) (from, to string) {
	from, to = sender, path.Dir(c.File)
	if other, ok := outside[c.File]; ok {
		to = other
	}
	for _, caller := range c.Callers {
		if !slices.Contains(hidden, caller) {
			from = fold(caller)
			break
		}
	}
	if slices.Contains(hidden, to) || slices.Contains(hidden, c.File) || strings.HasPrefix(c.Function, "roster.partitions.") {
		return from, from
	}
	return from, fold(to)
}

// fold returns the package that a generated one belongs to.
func fold(folder string) string {
	before, _, _ := strings.Cut(folder, "/internal/api")
	return before
}

// stories returns the calls in the order in which stories begin, each story at a time, because roots are concurrent. A story begins when its
// root is entered. It has a message of the broker, or is the only one.
func stories(calls []Call) (stories [][]Call) {
	current := make(map[string]int)
	for _, c := range calls {
		i, ok := current[c.Root]
		if !ok || c.entersRoot() {
			i = len(stories)
			current[c.Root], stories = i, append(stories, nil)
		}
		stories[i] = append(stories[i], c)
	}
	if len(stories) == 1 {
		return stories
	}
	return slices.DeleteFunc(stories, func(story []Call) bool {
		return !slices.ContainsFunc(story, func(c Call) bool {
			return path.Dir(c.File) == entered.Broker || slices.Contains(c.Callers, entered.Broker)
		})
	})
}

// declare declares the participants, from left to right: all that are not the service, and then its packages. A box is a process. Domain is
// beside application, which calls it most.
func declare(b *strings.Builder, arrows []arrow) {
	var others, service []string
	for _, a := range arrows {
		for _, p := range []string{a.from, a.to} {
			switch {
			case slices.Contains(service, p) || slices.Contains(others, p) || p == "domain":
			case p == "application":
				service = append(service, p, "domain")
			case strings.HasPrefix(p, "adapters/"):
				service = append(service, p)
			default:
				others = append(others, p)
			}
		}
	}
	order := []string{sender, "bank", "cmd/example/payments/charging", entered.Broker}
	slices.SortFunc(others, func(x, y string) int { return slices.Index(order, x) - slices.Index(order, y) })
	for _, p := range others {
		if strings.HasPrefix(p, "cmd/") {
			fmt.Fprintf(b, "  box %s\n  participant %s\n  end\n", path.Base(path.Dir(p)), id(p))
		} else {
			fmt.Fprintf(b, "  participant %s\n", id(p))
		}
	}
	b.WriteString("  box roster serve\n")
	for _, p := range service {
		fmt.Fprintf(b, "  participant %s\n", id(p))
	}
	b.WriteString("  end\n")
}

func id(participant string) string { return path.Base(participant) }
