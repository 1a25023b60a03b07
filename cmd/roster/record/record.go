// Package record is the service's record: what the service is, which interfaces it provides and uses, what it stores, and what it
// promises. It knows the forms of a record ([Formats]), and nothing of the service:
// package app fills the record from what runs.
//
// Each part of a record says in Source where it comes from: a file or a mechanism of the program, or [Owner] for what a person typed.
package record

// Owner is the source of what a person typed into the owner's file.
const Owner = "owner"

// NoAssertion is the licence of a module whose licence is not known, as SPDX says it.
const NoAssertion = "NOASSERTION"

// A Record describes one service. Lists are in the order of their sources.
type Record struct {
	Schema       string        `json:"$schema"` // [SchemaID]
	Service      Service       `json:"service"`
	APIs         []API         `json:"apis"`
	Operations   []Operation   `json:"operations"`
	Uses         []Use         `json:"uses"`
	Stores       []Store       `json:"stores"`
	Streams      []Stream      `json:"streams"`
	PersonalData []Personal    `json:"personalData"`
	Processes    []Process     `json:"processes"`
	Requirements []Requirement `json:"requirements"`
	Mechanisms   []Mechanism   `json:"mechanisms"`
	Metrics      []Metric      `json:"metrics"`
	Packages     []Package     `json:"packages"`
	Modules      []Module      `json:"modules"`
}

// A Service is what its owner says about it. Package record validates it ([ReadOwner]).
type Service struct {
	Reference    string       `json:"reference"` // such as SVC-1
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	Version      string       `json:"version"`      // of its program
	Licence      string       `json:"licence"`      // an SPDX expression
	Capabilities []string     `json:"capabilities"` // of the business, such as "course registration"
	Categories   Categories   `json:"categories"`
	External     bool         `json:"external"` // run by another organization
	Status       string       `json:"status"`   // one of [States]
	Transitions  []Transition `json:"transitions"`
	Estimation   Estimation   `json:"estimation"`
	Tasks        []Task       `json:"tasks"`
	Source       string       `json:"source"`
}

// Categories are the lists in which architects look for a service.
type Categories struct {
	Domain string `json:"domain"`
	Team   string `json:"team"`
	Layer  string `json:"layer"` // such as "business service"
}

// A Transition is a change of the service's status, past or planned.
type Transition struct {
	To string `json:"to"` // one of [States]
	On string `json:"on"` // the day, as 2026-11-29
}

// An Estimation says how large the service is.
type Estimation struct {
	Size  string `json:"size"` // S, M, L or XL
	Basis string `json:"basis"`
}

// A Task is work that is open.
type Task struct {
	Title string `json:"title"`
	Due   string `json:"due,omitempty"` // the day
}

// An API is one interface that the service provides, in one version.
type API struct {
	Name       string     `json:"name"`       // such as "http-v1"
	Kind       string     `json:"kind"`       // http, queue, events or command-line
	Title      string     `json:"title"`      // in a few words
	Version    string     `json:"version"`    // such as "v1"; empty if its paths have none
	Deprecated string     `json:"deprecated"` // since when (RFC 3339); empty if it is not
	Sunset     string     `json:"sunset"`     // until when it works (RFC 3339); empty if no end is planned
	Definition string     `json:"definition"` // the file with its specification, in the repository; may be empty
	Package    string     `json:"package"`    // that provides it, such as adapters/httpapi
	Endpoints  []Endpoint `json:"endpoints"`
	Source     string     `json:"source"`
}

// An Endpoint is one request, message or command of an API.
type Endpoint struct {
	ID      string   `json:"id"`      // such as "enroll": the operationId, the message or the command; unique in its API
	Address string   `json:"address"` // such as "POST /v1/courses/{courseId}/enrollments", a subject, or "roster enroll COURSE LEARNER"
	Summary string   `json:"summary"`
	Roles   []string `json:"roles"` // who may call it; empty for everyone
	Calls   []string `json:"calls"` // the operations, such as "Commands.Submit"
}

// An Operation is one thing that the core offers to every API.
type Operation struct {
	Name   string   `json:"name"` // such as "Commands.Submit"
	Kind   string   `json:"kind"` // command, query, or background if no caller asks for it
	Reads  []string `json:"reads"`
	Writes []string `json:"writes"` // tables
	Source string   `json:"source"`
}

// A Use is something outside the service that it connects to.
type Use struct {
	Name        string   `json:"name"`        // such as "postgresql"
	Kind        string   `json:"kind"`        // database, broker, identity-provider, collector or name-server
	Title       string   `json:"title"`       // in a few words
	Protocol    string   `json:"protocol"`    // such as "PostgreSQL 3.0 over TCP"
	External    bool     `json:"external"`    // another process, rather than one inside the service's
	Flag        string   `json:"flag"`        // the flag or variable that names its address; empty if it is inside
	RequiredFor string   `json:"requiredFor"` // what; empty if the service runs without it
	IfDown      string   `json:"ifDown"`      // what happens while it does not answer
	By          []string `json:"by"`          // what connects to it: serve, worker or command-line
	Source      string   `json:"source"`
}

// A Store is where the service keeps its data.
type Store struct {
	Name    string  `json:"name"` // such as "postgresql"; of a Use, if it is external
	Title   string  `json:"title"`
	Package string  `json:"package"` // that implements it, such as adapters/sqlite
	Tables  []Table `json:"tables"`
	Source  string  `json:"source"`
}

// A Table is a table with its columns, and what each role may do.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Access  []Access `json:"access"`
}

// Access is what a role may do with a table.
type Access struct {
	Role   string   `json:"role"`
	Read   []string `json:"read"`   // the columns, or "*"
	Write  []string `json:"write"`  // such as "insert", "delete", "update" or "update (learner_id)"
	Admin  bool     `json:"admin"`  // may alter and drop the table
	Tenant string   `json:"tenant"` // "one" if it sees one tenant at a time, "all" if it sees all, "none" if row-level security hides all rows, "" without tenants
}

// A Stream is a stream of messages in the broker.
type Stream struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Subjects  []string `json:"subjects"`
	Messages  []string `json:"messages"`  // endpoints of the APIs, or empty for the service's own
	Retention string   `json:"retention"` // for how long messages are kept, such as "30 days" or "until acknowledged"
	Publishes bool     `json:"publishes"` // the service writes it
	Consumes  bool     `json:"consumes"`  // the service reads it
	Source    string   `json:"source"`
}

// Personal is one place with data about a person.
type Personal struct {
	Where  string `json:"where"` // column, message or log
	Name   string `json:"name"`  // such as "standings.learner_id", or "learner.enrolled data.learnerId"
	What   string `json:"what"`  // such as "the learner's id"
	Until  string `json:"until"` // for how long
	Source string `json:"source"`
}

// A Process is a business process that the service takes part in.
type Process struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Steps   []Step   `json:"steps"`
	ShownBy []string `json:"shownBy"` // tests, such as "cmd/proof/saga_test.go:TestSaga", or "make cluster"
	Source  string   `json:"source"`
}

// A Step is one message or call of a process.
type Step struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Title    string `json:"title"`
	Endpoint string `json:"endpoint,omitempty"` // of the service's APIs, as API/ID, if it is one
}

// A Requirement is what the service promises.
type Requirement struct {
	ID      string   `json:"id"`   // such as "FR-1" or "NFR-1"
	Kind    string   `json:"kind"` // functional, availability, performance, security or observability
	Text    string   `json:"text"`
	ShownBy []string `json:"shownBy"` // tests, benchmarks or make targets
	Source  string   `json:"source"`
}

// A Mechanism is how a quality is reached.
type Mechanism struct {
	Quality string   `json:"quality"` // availability, performance, security or observability
	Name    string   `json:"name"`
	How     string   `json:"how"`
	ShownBy []string `json:"shownBy"`
	Source  string   `json:"source"`
}

// A Metric is a series that the admin address shows.
type Metric struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"` // counter, gauge or histogram
	Help   string   `json:"help"`
	Labels []string `json:"labels"`
	Source string   `json:"source"`
}

// A Package is one of the service's own packages.
type Package struct {
	Name    string   `json:"name"`    // such as "adapters/httpapi"
	Imports []string `json:"imports"` // of the service's own packages
	Modules []string `json:"modules"` // that it imports directly
	Source  string   `json:"source"`
}

// A Module is a library in the program: a module of Go that is compiled into it, or files of another kind.
type Module struct {
	Type    string `json:"type"` // of package URLs: golang, or npm
	Path    string `json:"path"`
	Version string `json:"version"`
	Replace string `json:"replace,omitempty"` // what is compiled instead, as path@version, if go.mod says so
	Licence string `json:"licence"`           // an SPDX expression, or [NoAssertion]
	Package string `json:"package,omitempty"` // that contains its files, if they are not compiled
	Source  string `json:"source"`
}
