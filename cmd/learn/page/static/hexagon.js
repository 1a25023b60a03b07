"use strict";

const states = {
	building: "A roster that records is built. The first time, this takes a minute or more; later it is found in the cache.",
	ready: "Ready. Enroll a learner.",
	walking: "The request is on its way.",
};
let steps = [], at = -1, says = "", playing = 0, since = 0, timer = 0;

const say = (text) => { element("status").textContent = text; };
const label = (room) => room.replace("adapters/", "");
const disable = (button, off) => off ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled");
const disabled = (button) => button.getAttribute("aria-disabled") === "true";

// showBuilding shows for how long a build has been running.
function showBuilding(on) {
	element("building").hidden = !on;
	clearInterval(timer);
	if (!on) return;
	since = Date.now();
	timer = setInterval(() => { element("seconds").textContent = Math.round((Date.now() - since) / 1000); }, 1000);
}

function received(event) {
	showBuilding(event.state === "building");
	disable(element("enroll"), event.state === "building" || event.state === "walking");
	if (event.state !== "walked") {
		if (event.state === "failed") stop();
		return say(states[event.state] || `It failed: ${event.says}`);
	}
	({steps, says} = event);
	stop();
	element("steps").replaceChildren(...steps.map((s, i) => {
		const go = make("button", {class: "plain"}, titleOf(s));
		go.addEventListener("click", () => { stop(); show(i); });
		return make("li", {}, go);
	}));
	show(0);
	say(`${says} Its request, and then its event, took ${steps.length} steps. Go through them with Next, with the arrow keys, or with Play.`);
}

function titleOf({from, room, returns, later}) {
	const background = later ? " (in the background)" : "";
	if (room === "client") return `${label(from)} answers the client`;
	if (room === "broker") return `${label(from)} sends a message to the broker${background}`;
	if (!from) return `${label(room)}: the relay is notified${background}`;
	return `${label(from)} ${returns ? "returns to" : "calls"} ${label(room)}${background}`;
}

// lit reports whether an import is passed by a step: in the direction of the call, or against it, through a port.
function lit(edge, {from, room, port}) {
	const ends = [edge.dataset.from, edge.dataset.to];
	if (ends.includes(from) && ends.includes(room)) return true;
	return port && ends.includes("ports") && (ends.includes(from) || ends.includes(room));
}

function show(i) {
	at = i;
	const s = steps[i], passed = new Set(steps.slice(0, i).map((step) => step.room));
	for (const r of document.querySelectorAll(".room")) {
		const name = r.dataset.room;
		r.classList.toggle("passed", passed.has(name) || s.also.includes(name));
		r.classList.toggle("lit", name === s.room || (name === "ports" && s.port));
	}
	for (const e of document.querySelectorAll(".edge")) e.classList.toggle("lit", lit(e, s));
	const drawing = document.querySelector(".hexagon").parentElement, center = (e) => e.getBoundingClientRect().left + e.getBoundingClientRect().width / 2;
	const inside = document.querySelector(".room.lit");
	if (inside) drawing.scrollBy({left: center(inside) - center(drawing)}); // on a narrow screen
	const byFile = new Map();
	for (const {file, function: name} of s.calls) byFile.set(file, [...(byFile.get(file) || []), name]);
	const files = [...byFile].map(([file, names]) => make("li", {}, make("code", {}, file), ": ", names.join(", ")));
	const carries = s.carries.map(({kind, text}) => make("figure", {}, make("figcaption", {}, kind), make("pre", {tabindex: "0"}, make("code", {}, text))));
	element("step-title").textContent = `Step ${i + 1} of ${steps.length}: ${titleOf(s)}`;
	element("step").replaceChildren(
		...(s.port ? [make("p", {}, "Through a port: the caller knows an interface of package ports, and not who implements it.")] : []),
		...carries, ...(files.length ? [make("h3", {}, "Functions, in order"), make("ul", {}, ...files)] : []));
	say(`Step ${i + 1} of ${steps.length}: ${titleOf(s)}.`);
	for (const [k, item] of [...element("steps").children].entries()) {
		if (k === i) item.firstChild.setAttribute("aria-current", "step");
		else item.firstChild.removeAttribute("aria-current");
	}
	disable(element("previous"), i === 0);
	disable(element("next"), i === steps.length - 1);
	disable(element("play"), false);
}

function move(by) {
	if (at < 0 || !steps[at + by]) return;
	show(at + by);
}

function stop() {
	clearInterval(playing);
	playing = 0;
	element("play").textContent = "Play";
}

function play() {
	if (playing) return stop();
	if (at === steps.length - 1) show(0);
	element("play").textContent = "Pause";
	playing = setInterval(() => { at < steps.length - 1 ? move(1) : stop(); }, 900);
}

const events = new EventSource("/hexagon/events");
events.addEventListener("message", (message) => received(JSON.parse(message.data)));
events.addEventListener("error", () => say("The page's server does not answer. Is go run ./cmd/learn still running?"));
for (const [id, act] of [["previous", () => { stop(); move(-1); }], ["next", () => { stop(); move(1); }], ["play", play], ["enroll", () => post("/hexagon/walk").catch((error) => say(error.message))]]) {
	element(id).addEventListener("click", (event) => { if (!disabled(event.currentTarget)) act(); });
}
document.addEventListener("keydown", (event) => {
	const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
	if (!by || event.ctrlKey || event.altKey || event.metaKey || event.target.closest(".wide, pre, input, select")) return;
	stop();
	move(by);
});
post("/hexagon/prepare").catch(() => {}); // another page may have begun
