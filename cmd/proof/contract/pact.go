package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// A Pact is what one consumer needs of the API, in the format of the Pact specification, version 3. It may use the matchers equality,
// type, integer, decimal, number, regex, include and null, in headers and JSON bodies. Any other is an error.
type Pact struct {
	Consumer     struct{ Name string }
	Provider     struct{ Name string }
	Interactions []Interaction
	Metadata     struct{ PactSpecification struct{ Version string } }
}

// An Interaction is one request, the provider states that it needs, and the required response.
type Interaction struct {
	Description    string
	ProviderStates []State
	Request        struct {
		Method  string
		Path    string
		Query   url.Values
		Headers map[string]string
		Body    json.RawMessage
	}
	Response struct {
		Status        int
		Headers       map[string]string
		Body          json.RawMessage
		MatchingRules struct {
			Header map[string]Rule
			Body   map[string]Rule
		}
	}
}

// A State is a condition that the provider must establish before the request.
type State struct {
	Name   string
	Params map[string]any
}

// ReadPact reads a pact. An unknown field is an error, so that no requirement is ignored.
func ReadPact(text []byte) (Pact, error) {
	var p Pact
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, err
	}
	if v := p.Metadata.PactSpecification.Version; !strings.HasPrefix(v, "3.") {
		return p, fmt.Errorf("is a pact of version %q, not of 3", v)
	}
	if len(p.Interactions) == 0 {
		return p, fmt.Errorf("has no interactions")
	}
	return p, nil
}

// Verify sends the request to the API at base, and returns how the response differs from what the consumer needs.
func (i Interaction) Verify(client *http.Client, base string) error {
	target := base + i.Request.Path
	if len(i.Request.Query) > 0 {
		target += "?" + i.Request.Query.Encode()
	}
	request, err := http.NewRequest(i.Request.Method, target, bytes.NewReader(i.Request.Body))
	if err != nil {
		return err
	}
	for name, value := range i.Request.Headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != i.Response.Status {
		return fmt.Errorf("status is %d, not %d: %s", response.StatusCode, i.Response.Status, body)
	}
	for name, want := range i.Response.Headers {
		rules := rules{"$": i.Response.MatchingRules.Header[name]}
		if err := rules.match("$", want, response.Header.Get(name)); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	if len(i.Response.Body) == 0 {
		return nil
	}
	var want, have any
	if err := json.Unmarshal(i.Response.Body, &want); err != nil {
		return err
	}
	if err := json.Unmarshal(body, &have); err != nil {
		return fmt.Errorf("body is not JSON: %w: %s", err, body)
	}
	return rules(i.Response.MatchingRules.Body).match("$", want, have)
}
