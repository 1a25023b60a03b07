// Package hostile holds the tests that mean harm: strings made to break out of every input, bodies that are none, paths,
// headers and framing tricks on raw sockets, and crowds of slow ones. They talk to the HTTP door on the real core.
package hostile
