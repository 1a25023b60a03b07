"use strict";

// startRoster starts a core without courses, from the program at an address. It returns a function that calls it: call("enroll",
// {courseId: "go-101", learnerId: "ada"}) returns the result, or throws an Error with code, detail and, if that is why, standing.
// Each core that is started has a store of its own. wasm_exec.js must be loaded before.
async function startRoster(address) {
	const go = new Go();
	const {instance} = await WebAssembly.instantiateStreaming(fetch(address), go.importObject);
	go.run(instance); // ends with the page
	const rosterCall = globalThis.rosterCall;
	return (name, argument = {}) => {
		const {result, error} = JSON.parse(rosterCall(name, JSON.stringify(argument)));
		if (error) throw Object.assign(new Error(error.detail), error);
		return result;
	};
}
