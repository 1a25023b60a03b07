package record

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// CycloneDX returns the record as a bill of materials in CycloneDX 1.6: the program with the modules that it is linked from, and the
// service with the data about persons that it handles and the external services that it uses. It has neither serial number nor time,
// so that the same record gives the same bill.
func CycloneDX(r Record) (string, error) {
	b := cdx.NewBOM() // of 1.7; EncodeVersion would convert a copy, which loses every false
	b.SpecVersion, b.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	b.Metadata = &cdx.Metadata{Component: programComponent(r.Service)}
	service, external := ownService(r), externalServices(r.Uses)
	b.Services = nonEmpty(append([]cdx.Service{service}, external...))

	var components []cdx.Component
	var direct []string
	for _, m := range r.Modules {
		component := moduleComponent(m)
		components = append(components, component)
		if m.Package != "" || slices.ContainsFunc(r.Packages, func(p Package) bool { return slices.Contains(p.Modules, m.Path) }) {
			direct = append(direct, component.BOMRef)
		}
	}
	b.Components = nonEmpty(components)

	needs := []string{b.Metadata.Component.BOMRef}
	for _, s := range external {
		needs = append(needs, s.BOMRef)
	}
	b.Dependencies = &[]cdx.Dependency{
		{Ref: b.Metadata.Component.BOMRef, Dependencies: nonEmpty(direct)},
		{Ref: service.BOMRef, Dependencies: &needs},
	}
	var text strings.Builder
	err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(b)
	return text.String(), err
}

func programComponent(s Service) *cdx.Component {
	return &cdx.Component{
		BOMRef: "program:" + s.Name, Type: cdx.ComponentTypeApplication, Name: s.Name, Version: s.Version, Description: s.Description, Licenses: licences(s.Licence),
		Manufacturer: &cdx.OrganizationalEntity{Name: s.Categories.Team},
		Properties:   &[]cdx.Property{{Name: "record:reference", Value: s.Reference}, {Name: "record:status", Value: s.Status}},
	}
}

func ownService(r Record) cdx.Service {
	var endpoints []string
	var data []cdx.DataClassification
	var authenticated *bool
	for _, a := range r.APIs {
		for _, e := range a.Endpoints {
			if _, path, ok := strings.Cut(e.Address, " /"); ok && a.Kind == "http" {
				path = (&url.URL{Path: "/" + path}).EscapedPath() // the braces of a parameter are no part of a URI
				if !slices.Contains(endpoints, path) {
					endpoints = append(endpoints, path)
				}
			}
			if len(e.Roles) > 0 {
				authenticated = new(true)
			}
		}
	}
	for _, p := range r.PersonalData {
		data = append(data, cdx.DataClassification{
			Flow: dataFlow(r, p), Classification: "personal data", Name: p.Name, Description: p.What + "; kept: " + p.Until,
		})
	}
	return cdx.Service{
		BOMRef: "service:" + r.Service.Name, Name: r.Service.Name, Description: r.Service.Description,
		Provider: &cdx.OrganizationalEntity{Name: r.Service.Categories.Team}, Endpoints: nonEmpty(endpoints),
		Authenticated: authenticated, CrossesTrustBoundary: authenticated, Data: nonEmpty(data),
	}
}

// dataFlow returns the direction in which data about a person passes the service's boundary: for a message, that of its stream.
func dataFlow(r Record, p Personal) cdx.DataFlow {
	in, out := p.Where == "column", p.Where != "message"
	message, _, _ := strings.Cut(p.Name, " ")
	for _, s := range r.Streams {
		if p.Where == "message" && slices.ContainsFunc(s.Messages, func(m string) bool { return strings.HasSuffix(m, "/"+message) }) {
			in, out = in || s.Consumes, out || s.Publishes
		}
	}
	switch {
	case in && out:
		return cdx.DataFlowBidirectional
	case in:
		return cdx.DataFlowInbound
	case out:
		return cdx.DataFlowOutbound
	}
	return cdx.DataFlowUnknown
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
	// Package URLs of the type golang are in lowercase. All have the characters of a URL's path.
	purl := "pkg:" + m.Type + "/" + strings.ToLower(path) + "@" + strings.ReplaceAll(url.PathEscape(version), "+", "%2B")
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: purl, Licenses: licences(m.Licence)}
}

// licences returns an SPDX expression as the format has it, and nothing if the licence is not known.
func licences(expression string) *cdx.Licenses {
	switch {
	case expression == "" || expression == NoAssertion:
		return nil
	case strings.Contains(expression, " "):
		return &cdx.Licenses{{Expression: expression}}
	}
	return &cdx.Licenses{{License: &cdx.License{ID: expression}}}
}

// nonEmpty returns no list for an empty one: the format has none.
func nonEmpty[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}
