"use strict";

const say = (text) => { element("status").textContent = text; };
const path = (...parts) => "/courses/api/v1/courses" + parts.map((p) => "/" + encodeURIComponent(p)).join("");
let call, events, timer = 0;

// request sends a request to the API of the roster on this machine, and returns its answer, or throws its error as the core does.
async function request(method, url, body) {
	const response = await fetch(url, {method, headers: {"Content-Type": "application/json"}, body: body && JSON.stringify(body)});
	const answer = await response.json();
	if (!response.ok) throw Object.assign(new Error(answer.detail || answer.error), answer);
	return answer;
}

// onMachine are the calls of the core, by the HTTP API.
const onMachine = {
	putCourse: ({courseId, ...settings}) => request("PUT", path(courseId), settings),
	listCourses: () => request("GET", path() + "?pageSize=1000"),
	enroll: ({courseId, learnerId}) => request("POST", path(courseId, "enrollments"), {learnerId}),
	withdraw: ({courseId, learnerId}) => request("DELETE", path(courseId, "enrollments", learnerId)),
	listEnrollments: ({courseId}) => request("GET", path(courseId, "enrollments") + "?pageSize=1000"),
};

// onThisMachine returns a call that goes to the roster on this machine, whose events come by themselves.
async function onThisMachine() {
	await post("/courses/prepare", {mode: "machine"});
	events = new EventSource("/courses/events");
	events.addEventListener("begin", () => element("events").replaceChildren());
	events.addEventListener("message", (message) => { showEvent(JSON.parse(message.data)); draw(); });
	return (name, argument) => onMachine[name](argument);
}

// inThisPage returns a call that goes to a core in this page, and shows the new events after each change.
async function inThisPage() {
	await post("/courses/prepare", {mode: "page"});
	const core = await startRoster("/courses/core/roster.wasm"), shown = {};
	return async (name, argument) => {
		const result = core(name, argument);
		if (["putCourse", "enroll", "withdraw"].includes(name)) {
			const {courseId} = argument, all = core("listEvents", {courseId}).items;
			for (const event of all.slice(shown[courseId] || 0)) showEvent(event);
			shown[courseId] = all.length;
		}
		return result;
	};
}

function showEvent({type, aggregateId, courseId, sequence, occurredAt, learnerId, data}) {
	const learner = learnerId || (data && data.learnerId);
	const time = new Date(occurredAt).toLocaleTimeString();
	element("events").prepend(make("li", {}, `${aggregateId || courseId} ${sequence}: `, make("code", {}, type), learner ? ` ${learner}` : "", ` at ${time}`));
}

// attempt does what the reader asked for. It announces the result, or the reason of a refusal, and draws what is so now.
async function attempt(act) {
	try {
		say(await act());
	} catch (error) {
		say(error.code ? `Refused: ${error.detail} (${error.code})` : error.message);
	}
	await draw();
}

async function enroll(courseId, learnerId) {
	const {status, position} = await call("enroll", {courseId, learnerId});
	return status === "enrolled" ? `${learnerId} has a seat on ${courseId}.` : `${learnerId} is number ${position} on the waitlist of ${courseId}.`;
}

async function withdraw(courseId, learnerId) {
	const {promoted} = await call("withdraw", {courseId, learnerId});
	return `${learnerId} has left ${courseId}.` + (promoted ? ` ${promoted.learnerId} has the seat now.` : "");
}

async function put(courseId, title, capacity, open) {
	const course = await call("putCourse", {courseId, title, capacity, open});
	return `${courseId} has ${course.seatsTaken} of ${course.capacity} seats taken; ${course.waitlistLength} are waiting.`;
}

let drawing = Promise.resolve();

// draw draws what is stored. One drawing ends before the next begins.
function draw() {
	drawing = drawing.then(drawNow).catch((error) => say(error.message));
	return drawing;
}

async function drawNow() {
	if (!call) return; // an event came before the start
	const courses = (await call("listCourses", {})).items;
	if (!courses.length) return;
	element("courses").replaceChildren(...courses.map((c) => {
		const meter = make("meter", {max: Math.max(c.capacity, 1), value: c.seatsTaken, "aria-label": `Seats of ${c.courseId}`});
		return make("tr", {}, make("th", {scope: "row"}, c.courseId), make("td", {}, c.title), make("td", {}, meter, ` ${c.seatsTaken} of ${c.capacity}`),
			make("td", {}, `${c.waitlistLength}`), make("td", {}, c.open ? "open" : "closed"));
	}));
	const select = element("course"), chosen = (courses.find((c) => c.courseId === select.value) || courses[0]).courseId;
	update(select, courses, (c) => c.courseId, (c) => new Option(c.courseId, c.courseId));
	select.value = chosen;
	element("learners-title").textContent = `Learners of ${chosen}`;
	const standings = (await call("listEnrollments", {courseId: chosen})).items;
	for (const status of ["enrolled", "waitlisted"]) {
		const items = standings.filter((s) => s.status === status);
		if (items.length) update(element(status), items, (s) => s.enrollmentId, drawLearner);
		else update(element(status), ["none"], (s) => s, () => make("li", {class: "none"}, "no learner"));
	}
}

// update makes a list show items. An element of an item that was shown before stays as it is, and keeps the focus.
function update(list, items, keyOf, draw) {
	const keys = items.map(keyOf), shown = new Map();
	for (const e of [...list.children]) {
		if (keys.includes(e.dataset.key)) shown.set(e.dataset.key, e);
		else e.remove();
	}
	items.forEach((item, i) => {
		if (list.children[i] && list.children[i].dataset.key === keys[i]) return;
		const e = shown.get(keys[i]) || draw(item);
		e.dataset.key = keys[i];
		list.insertBefore(e, list.children[i] || null);
	});
}

function drawLearner({courseId, learnerId}) {
	const button = make("button", {"aria-label": `Withdraw ${learnerId}`}, "Withdraw");
	button.addEventListener("click", async () => {
		await attempt(() => withdraw(courseId, learnerId));
		element("learner").focus(); // the button is gone
	});
	return make("li", {}, learnerId, " ", button);
}

// choose starts a mode: on this machine, with the courses that are there; in this page, with new ones.
async function choose(mode) {
	const began = Date.now();
	if (events) events.close();
	call = events = undefined;
	element("events").replaceChildren();
	for (const f of document.querySelectorAll("fieldset")) f.disabled = true;
	say(mode === "page" ? "The core is built for WebAssembly. The first time, this can take a minute." : "roster is built and started. The first time, this can take a minute.");
	element("building").hidden = false;
	timer = setInterval(() => { element("seconds").textContent = Math.round((Date.now() - began) / 1000); }, 1000);
	try {
		call = await (mode === "page" ? inThisPage() : onThisMachine());
		if (!(await call("listCourses", {})).items.length) {
			await put("go-101", "Go for engineers", 2, true);
			await put("sql-1", "SQL for analysts", 1, true);
		}
		await draw();
		ready(mode, mode === "page" ? "Ready. The core is in this page: from now on, it needs no server." : "Ready. roster runs on this machine.");
	} catch (error) {
		call = undefined;
		ready(mode, `It did not start: ${error.message}`);
	}
}

// ready ends the wait for a mode. The reader is where they were: at its radio button, which was disabled meanwhile.
function ready(mode, text) {
	clearInterval(timer);
	element("building").hidden = true;
	for (const f of document.querySelectorAll("fieldset")) f.disabled = !call && f.id !== "modes";
	document.querySelector(`[name=mode][value=${mode}]`).focus();
	say(text);
}

for (const radio of document.querySelectorAll("[name=mode]")) {
	radio.checked = false;
	radio.addEventListener("change", () => choose(radio.value));
}
element("course").addEventListener("change", draw);
element("enroll").addEventListener("submit", async (event) => {
	event.preventDefault();
	const course = element("course").value, learner = element("learner").value;
	element("learner").value = "";
	await attempt(() => enroll(course, learner));
});
element("put").addEventListener("submit", (event) => {
	event.preventDefault();
	const [id, title, capacity, open] = [element("id").value, element("title").value, element("capacity").valueAsNumber, element("open").checked];
	attempt(() => put(id, title, capacity, open));
});
