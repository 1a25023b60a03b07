// Package hostile attacks the HTTP API on the real core: injection strings in every input, malformed bodies, paths, headers and framing
// on raw sockets, and many slow sockets.
package hostile
