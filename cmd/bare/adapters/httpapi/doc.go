// Package httpapi is the driving adapter for HTTP. openapi.yaml is the source of the API: package internal/api (routes, parameters and
// bodies) is generated from it, and the tests validate every response against it. Only this folder imports Echo.
package httpapi

//go:generate go tool oapi-codegen -config codegen.yaml openapi.yaml
