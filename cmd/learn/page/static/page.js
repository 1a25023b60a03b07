"use strict";

const element = (id) => document.getElementById(id);

// make returns an element with attributes, and texts and elements in it. A text is never read as HTML.
function make(name, attributes, ...content) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	made.append(...content);
	return made;
}

// post asks the page's server to do something, and returns its answer. An error has a text for the reader.
async function post(path, body = {}) {
	let response;
	try {
		response = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
	} catch {
		throw new Error("The page's server does not answer. Is go run ./cmd/learn still running?");
	}
	const answer = await response.json().catch(() => ({error: response.statusText}));
	if (!response.ok) throw Object.assign(new Error(answer.error || answer.detail), answer);
	return answer;
}
