"use strict";

const run = element("run"), contenders = [...document.querySelectorAll(".contender")];
const seats = Number(run.dataset.seats), clients = Number(run.dataset.clients);
const states = {building: "is built. The first time, this takes a minute", starting: "starts", running: "runs", ended: "has ended", failed: "failed"};
let tallies, queue = [], drawing = false;

function begin() {
	queue = [];
	tallies = contenders.map(() => ({enrolled: 0, waitlisted: 0, errors: {}, millis: 0}));
	for (const c of contenders) {
		for (const list of c.querySelectorAll("ol")) list.replaceChildren();
		c.querySelector(".counts").textContent = "–";
		c.querySelector(".check").replaceChildren();
	}
}

const title = (i) => contenders[i].querySelector("h2").textContent;
const say = (text) => { element("status").textContent = text; };

// answered adds the square of one client.
function answered(i, {learner, answer}) {
	const tally = tallies[i], number = learner.replace("learner-", "");
	let kind = answer, meaning = answer;
	if (answer === "enrolled") {
		tally.enrolled++;
		if (tally.enrolled > seats) [kind, meaning] = ["oversold", "has a seat that does not exist"];
	} else if (answer === "waitlisted") {
		tally.waitlisted++;
	} else {
		tally.errors[answer] = (tally.errors[answer] || 0) + 1;
		kind = "error";
	}
	const square = make("li", {class: `square ${kind}`, title: `${learner}: ${meaning}`}, number);
	contenders[i].querySelector(answer === "enrolled" ? ".seats" : ".waits").append(square);
	count(i);
}

function count(i) {
	const {enrolled, waitlisted, errors, millis} = tallies[i];
	const oversold = Math.max(0, enrolled - seats);
	const parts = [`${enrolled} learners were told that they have one of ${seats} seats`, `${waitlisted} wait`];
	for (const [code, n] of Object.entries(errors)) parts.push(`${n} got an error (${code})`);
	const counts = contenders[i].querySelector(".counts");
	counts.textContent = parts.join("; ") + (millis ? `. It took ${millis} ms.` : ".");
	if (oversold) counts.append(" ", make("strong", {class: "warning"}, `${oversold} seats are oversold.`));
	return oversold;
}

function changed(i, {state, says, millis}) {
	say(`${title(i)} ${states[state]}.`);
	const check = contenders[i].querySelector(".check");
	if (state === "failed") check.replaceChildren(make("strong", {class: "warning"}, says));
	if (state !== "ended") return;
	tallies[i].millis = millis;
	const oversold = count(i);
	check.textContent = says;
	if (i === 0 && !oversold) check.append(" ", make("strong", {}, "On this machine, this run has oversold nothing: the requests did not meet. A race need not happen to be there. Run it again."));
	if (i === contenders.length - 1) say("All have run. " + contenders.map((_, k) => `${title(k)}: ${Math.max(0, tallies[k].enrolled - seats)} oversold`).join("; ") + ".");
}

// draw shows what has happened, slower than it did: a run is a fraction of a second.
function draw() {
	const event = queue.shift();
	drawing = event !== undefined;
	if (!drawing) return;
	if (event.learner) answered(event.contender, event);
	else changed(event.contender, event);
	if (event.learner && !matchMedia("(prefers-reduced-motion: reduce)").matches) setTimeout(draw, 15);
	else draw();
}

const events = new EventSource("/seats/events");
events.addEventListener("begin", begin);
events.addEventListener("message", (message) => {
	queue.push(JSON.parse(message.data));
	if (!drawing) draw();
});
events.addEventListener("error", () => say("The page's server does not answer. Is go run ./cmd/learn still running?"));
run.addEventListener("click", () => post("/seats").catch((error) => say(error.message)));
begin();
