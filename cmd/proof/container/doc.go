// Package container holds the Dockerfile and compose.yaml against the program, as far as that goes without an engine: what
// they name is there, what is built is static, what is run is understood, and what is public is meant to be.
package container
