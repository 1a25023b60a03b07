//go:build js

// Command wasm is the core as a WebAssembly program. It gives the page that starts it the function rosterCall, which page/roster.js wraps:
// package entry says what it takes and returns.
package main

import (
	"syscall/js"

	"example.com/roster/cmd/example/browser/entry"
)

func main() {
	core := entry.New()
	js.Global().Set("rosterCall", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		return core.Call(arguments[0].String(), arguments[1].String())
	}))
	select {} // the core is there as long as the page
}
