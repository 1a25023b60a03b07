"use strict";

const doing = {start: "Making the working copy…", check: "Checking. This builds what the exercise is about, which can take a minute the first time…", hint: "…", solution: "…", reset: "Saving your work, and starting again…"};

const questions = {reset: "Make the working copy again? Your work is saved beside it.", solution: "Show a solution? Your progress will say that you have seen it."};

// act asks for one of the verbs, and shows what there is to say. Meanwhile, no other can be asked for; the focus stays.
async function act(verb) {
	const says = element("says"), buttons = element("buttons");
	if (buttons.getAttribute("aria-busy") === "true") return;
	if (questions[verb] && !confirm(questions[verb])) return;
	buttons.setAttribute("aria-busy", "true");
	for (const b of buttons.children) b.setAttribute("aria-disabled", "true");
	says.replaceChildren(make("p", {}, doing[verb]));
	try {
		const answer = await post(`/exercises/${buttons.dataset.n}/${verb}`);
		says.innerHTML = answer.html; // rendered by the server, which escapes every text
		if (answer.done) element("state").textContent = "✓ done";
		else if (verb === "start" && !element("state").textContent) element("state").textContent = "started";
	} catch (error) {
		says.replaceChildren(make("p", {class: "warning"}, error.message));
	}
	for (const b of buttons.children) b.removeAttribute("aria-disabled");
	buttons.removeAttribute("aria-busy");
}

for (const button of element("buttons").children) button.addEventListener("click", () => act(button.dataset.verb));
