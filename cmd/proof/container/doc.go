// Package container tests the Dockerfile and compose.yaml without a container engine: the files that they name exist, the program is
// static and knows the commands and variables, and only intended ports are public.
package container
