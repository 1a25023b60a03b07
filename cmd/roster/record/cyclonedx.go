package record

import (
	"cmp"
	"io"
	"net/url"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// CycloneDX writes the record as a bill of materials in CycloneDX 1.6: the program with the modules that it is linked from, and the
// service with the data about persons that it handles and the external services that it uses. It has neither serial number nor time,
// so that the same record gives the same bill.
func CycloneDX(w io.Writer, r Record) error {
	b := cdx.NewBOM() // of 1.7; EncodeVersion would convert a copy, which loses every false
	b.SpecVersion, b.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	b.Metadata = &cdx.Metadata{Component: programComponent(r.Service)}
	service, external := ownService(r), externalServices(r.Uses)
	b.Services = new(append([]cdx.Service{service}, external...))

	program := cdx.Dependency{Ref: b.Metadata.Component.BOMRef, Dependencies: new([]string)}
	provides := cdx.Dependency{Ref: service.BOMRef, Dependencies: &[]string{program.Ref}}
	for _, s := range external {
		*provides.Dependencies = append(*provides.Dependencies, s.BOMRef)
	}
	b.Components = new([]cdx.Component)
	for _, m := range r.Modules {
		component := moduleComponent(m)
		*b.Components = append(*b.Components, component)
		if slices.ContainsFunc(r.Packages, func(p Package) bool { return slices.Contains(p.Modules, m.Path) }) {
			*program.Dependencies = append(*program.Dependencies, component.BOMRef)
		}
	}
	b.Dependencies = &[]cdx.Dependency{program, provides}
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(b)
}

func programComponent(s Service) *cdx.Component {
	return &cdx.Component{
		BOMRef: "program:" + s.Name, Type: cdx.ComponentTypeApplication, Name: s.Name, Description: s.Description,
		Manufacturer: &cdx.OrganizationalEntity{Name: s.Categories.Team},
		Properties:   &[]cdx.Property{{Name: "record:reference", Value: s.Reference}, {Name: "record:status", Value: s.Status}},
	}
}

func ownService(r Record) cdx.Service {
	s := cdx.Service{
		BOMRef: "service:" + r.Service.Name, Name: r.Service.Name, Description: r.Service.Description,
		Provider: &cdx.OrganizationalEntity{Name: r.Service.Categories.Team}, Endpoints: new([]string), Data: new([]cdx.DataClassification),
	}
	for _, a := range r.APIs {
		for _, e := range a.Endpoints {
			if _, path, ok := strings.Cut(e.Address, " /"); ok && a.Kind == "http" {
				path = (&url.URL{Path: "/" + path}).EscapedPath() // the braces of a parameter are no part of a URI
				if !slices.Contains(*s.Endpoints, path) {
					*s.Endpoints = append(*s.Endpoints, path)
				}
			}
			if len(e.Roles) > 0 {
				s.Authenticated, s.CrossesTrustBoundary = new(true), new(true)
			}
		}
	}
	for _, p := range r.PersonalData {
		*s.Data = append(*s.Data, cdx.DataClassification{
			Flow: dataFlow(r, p), Classification: "personal data", Name: p.Name, Description: p.What + "; kept: " + p.Until,
		})
	}
	return s
}

// dataFlow returns the direction in which data about a person passes the service's boundary.
func dataFlow(r Record, p Personal) cdx.DataFlow {
	message, _, _ := strings.Cut(p.Name, " ")
	commands := func(a API) bool {
		return a.Kind == "queue" && slices.ContainsFunc(a.Endpoints, func(e Endpoint) bool { return e.ID == message })
	}
	switch {
	case p.Where == "column":
		return cdx.DataFlowBidirectional
	case p.Where == "message" && slices.ContainsFunc(r.APIs, commands):
		return cdx.DataFlowInbound
	}
	return cdx.DataFlowOutbound
}

func externalServices(uses []Use) (services []cdx.Service) {
	for _, u := range uses {
		if u.External {
			services = append(services, cdx.Service{
				BOMRef: "service:" + u.Name, Name: u.Name, Description: u.Title, CrossesTrustBoundary: new(true),
				Properties: &[]cdx.Property{{Name: "record:kind", Value: u.Kind}, {Name: "record:protocol", Value: u.Protocol}},
			})
		}
	}
	return services
}

func moduleComponent(m Module) cdx.Component {
	path, version, _ := strings.Cut(cmp.Or(m.Replace, m.Path+"@"+m.Version), "@")
	// The type golang of package URLs: in lowercase, and with the characters of a URL's path.
	purl := "pkg:golang/" + strings.ToLower(path) + "@" + strings.ReplaceAll(url.PathEscape(version), "+", "%2B")
	c := cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl}
	switch {
	case m.Licence == NoAssertion:
	case strings.Contains(m.Licence, " "):
		c.Licenses = &cdx.Licenses{{Expression: m.Licence}}
	default:
		c.Licenses = &cdx.Licenses{{License: &cdx.License{ID: m.Licence}}}
	}
	return c
}
