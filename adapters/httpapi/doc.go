// Package httpapi is the door for HTTP: it turns requests into the use cases' commands and queries, and their answers into
// responses. It holds no rule.
//
// The API is openapi.yaml, which comes first: routes, parameters and bodies in package internal/api are generated from it,
// and the tests hold every response against it. Echo is known in this folder only.
package httpapi

//go:generate go tool oapi-codegen -config codegen.yaml openapi.yaml
