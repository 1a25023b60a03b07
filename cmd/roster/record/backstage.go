package record

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Backstage returns the record as entities of Backstage's catalog, whose paths are relative to docs/service.
func Backstage(r Record) (string, error) {
	c := newCatalog(r)
	c.organization()
	c.component()
	for _, a := range r.APIs {
		c.api(a)
	}
	for _, s := range r.Stores {
		if len(s.Tables) > 0 { // else it is in the process
			c.resource(s.Name, s.Title, "database")
		}
	}
	for _, u := range r.Uses {
		c.use(u)
	}
	for _, s := range r.Streams {
		c.resource(s.Name, s.Title, "stream")
	}
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	for _, entity := range c.entities {
		if err := e.Encode(entity); err != nil {
			return "", err
		}
	}
	err := e.Close()
	return b.String(), err
}

// An entity is a document of the catalog.
type entity struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name        string            `yaml:"name"`
		Title       string            `yaml:"title,omitempty"`
		Description string            `yaml:"description,omitempty"`
		Labels      map[string]string `yaml:"labels,omitempty"`
		Tags        []string          `yaml:"tags,omitempty"`
	} `yaml:"metadata"`
	Spec entitySpec `yaml:"spec"`
}

// An entitySpec has the fields of all kinds.
type entitySpec struct {
	Type         string    `yaml:"type,omitempty"`
	Lifecycle    string    `yaml:"lifecycle,omitempty"`
	Owner        string    `yaml:"owner,omitempty"`
	Domain       string    `yaml:"domain,omitempty"`
	System       string    `yaml:"system,omitempty"`
	Children     *[]string `yaml:"children,omitempty"` // a group must have them, if there are none too
	DependsOn    []string  `yaml:"dependsOn,omitempty"`
	ProvidesAPIs []string  `yaml:"providesApis,omitempty"`
	ConsumesAPIs []string  `yaml:"consumesApis,omitempty"`
	Definition   any       `yaml:"definition,omitempty"`
}

// A catalog collects the entities of a service.
type catalog struct {
	service   Service
	lifecycle string
	entities  []*entity
}

// outside owns what the service uses, and does not own.
const outside = "outside"

func newCatalog(r Record) *catalog {
	c := &catalog{service: r.Service, lifecycle: "experimental"}
	switch r.Service.Status {
	case "live":
		c.lifecycle = "production"
	case "deprecated", "decommissioned":
		c.lifecycle = "deprecated"
	}
	return c
}

// add adds an entity, unless there is one of its kind and name.
func (c *catalog) add(kind, name, title, description string, spec entitySpec) *entity {
	e := &entity{APIVersion: "backstage.io/v1alpha1", Kind: kind, Spec: spec}
	e.Metadata.Name, e.Metadata.Title, e.Metadata.Description = catalogName(name), title, description
	for _, other := range c.entities {
		if other.Kind == kind && other.Metadata.Name == e.Metadata.Name {
			return other
		}
	}
	c.entities = append(c.entities, e)
	return e
}

func (c *catalog) find(kind string) *entity {
	return c.entities[slices.IndexFunc(c.entities, func(e *entity) bool { return e.Kind == kind })]
}

func (c *catalog) organization() {
	s := c.service
	c.add("Group", s.Categories.Team, "", "", entitySpec{Type: "team", Children: new([]string)})
	c.add("Domain", s.Categories.Domain, "", "", entitySpec{Owner: c.owner()})
	c.add("System", s.Name, "", s.Description, entitySpec{Owner: c.owner(), Domain: catalogName(s.Categories.Domain)})
}

func (c *catalog) component() {
	s := c.service
	e := c.add("Component", s.Name, "", s.Description, entitySpec{
		Type: "service", Lifecycle: c.lifecycle, Owner: c.owner(), System: catalogName(s.Name),
	})
	e.Metadata.Labels = map[string]string{"reference": s.Reference, "layer": catalogName(s.Categories.Layer), "status": s.Status}
	for _, capability := range s.Capabilities {
		e.Metadata.Tags = append(e.Metadata.Tags, strings.ToLower(catalogName(capability)))
	}
}

// api adds an API that the service provides.
func (c *catalog) api(a API) {
	spec := entitySpec{Type: a.Kind, Lifecycle: c.lifecycle, Owner: c.owner(), System: catalogName(c.service.Name)}
	if a.Deprecated != "" {
		spec.Lifecycle = "deprecated"
	}
	switch a.Kind {
	case "http":
		spec.Type = "openapi"
	case "queue", "events":
		spec.Type = "asyncapi"
	}
	spec.Definition = map[string]string{"$text": "../../" + a.Definition}
	if a.Definition == "" {
		var text strings.Builder
		for _, e := range a.Endpoints {
			fmt.Fprintf(&text, "%s\n    %s\n", e.Address, e.Summary)
		}
		spec.Definition = text.String()
	}
	e := c.add("API", c.service.Name+"-"+a.Name, a.Title, "", spec)
	component := &c.find("Component").Spec
	component.ProvidesAPIs = append(component.ProvidesAPIs, e.Metadata.Name)
}

// resource adds something that holds data for the service.
func (c *catalog) resource(name, title, of string) {
	e := c.add("Resource", c.service.Name+"-"+name, title, "", entitySpec{Type: of, Owner: c.owner(), System: catalogName(c.service.Name)})
	component := &c.find("Component").Spec
	if ref := "resource:" + e.Metadata.Name; !slices.Contains(component.DependsOn, ref) {
		component.DependsOn = append(component.DependsOn, ref)
	}
}

// use adds something external: a database or a broker holds data for the service, anything else has an API that it consumes.
func (c *catalog) use(u Use) {
	switch {
	case !u.External:
	case u.Kind == "database" || u.Kind == "broker":
		c.resource(u.Name, u.Title, u.Kind)
	default:
		c.add("Group", outside, "Outside", "Those who run what services use, and are not known to the services.",
			entitySpec{Type: "organization", Children: new([]string)})
		e := c.add("API", u.Name, u.Title, "", entitySpec{Type: u.Kind, Lifecycle: "production", Owner: "group:" + outside, Definition: u.Protocol})
		component := &c.find("Component").Spec
		component.ConsumesAPIs = append(component.ConsumesAPIs, e.Metadata.Name)
	}
}

func (c *catalog) owner() string { return "group:" + catalogName(c.service.Categories.Team) }

var notInName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// catalogName returns a name as the catalog allows it: at most 63 letters and digits, with single hyphens between.
func catalogName(s string) string {
	s = strings.Trim(notInName.ReplaceAllString(s, "-"), "-")
	return strings.TrimRight(s[:min(len(s), 63)], "-")
}
