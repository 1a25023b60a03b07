// Package entry is the entry point for a page in a browser: it calls the core, on a store in memory, by JSON. Calls have the names of the
// HTTP API's operations; fields, answers and codes of errors are the HTTP API's, too.
package entry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Core is the service on a store of its own.
type Core struct {
	service *application.Service
	store   *memstore.Store
}

// New returns a core without courses.
func New() *Core {
	store := memstore.New()
	return &Core{application.New(store), store}
}

// Call runs the call of a name with an argument, one JSON object. It returns {"result": …}, or {"error": {"code", "detail"}}, and
// "standing" in the error if the learner holds something.
func (c *Core) Call(name, argument string) string {
	answer := struct {
		Result any        `json:"result,omitempty"`
		Error  *errorJSON `json:"error,omitempty"`
	}{}
	err := error(&domain.Violation{Field: "call", Detail: "must be one of " + strings.Join(names(), ", ")})
	if run, known := calls[name]; known {
		answer.Result, err = run(c, argument)
	}
	if err != nil {
		answer.Result, answer.Error = nil, newErrorJSON(err)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err) // every answer is made of texts and numbers
	}
	return string(text)
}

// A call decodes its argument, and runs.
type call = func(c *Core, argument string) (any, error)

// taking returns a call that refuses a field which its argument A does not have.
func taking[A any](run func(*Core, A) (any, error)) call {
	return func(c *Core, text string) (any, error) {
		var argument A
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&argument); err != nil {
			return nil, &domain.Violation{Field: "argument", Detail: "must be a JSON object with the call's fields: " + err.Error()}
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return nil, &domain.Violation{Field: "argument", Detail: "must be one JSON object, with nothing after it"}
		}
		return run(c, argument)
	}
}

// A caller is what each argument has. A page has no tokens: it may be anyone, and is staff unless it says otherwise.
type caller struct {
	By *struct {
		Subject string     `json:"subject"`
		Role    ports.Role `json:"role"`
	} `json:"by"`
}

const tenant domain.TenantID = "default"

func (c caller) actor() ports.Actor {
	if c.By == nil {
		return ports.Actor{Tenant: tenant, Subject: "page", Role: ports.Staff}
	}
	return ports.Actor{Tenant: tenant, Subject: c.By.Subject, Role: c.By.Role}
}

// A command is what the argument of a call has, too, if it changes something.
type command struct {
	caller
	Key string `json:"key"`
}

func (c *Core) submit(by command, action ports.Action) (ports.Outcome, error) {
	return c.service.Submit(context.Background(), ports.Command{
		By: by.actor(), Key: by.Key, Actions: []ports.Action{action},
	})[0].One()
}
