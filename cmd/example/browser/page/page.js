"use strict";

const element = (id) => document.getElementById(id);
let call;

// attempt does what a person asked for. It announces the result, or the reason of a refusal, and draws what is so now.
function attempt(act) {
	try {
		element("status").textContent = act();
	} catch (error) {
		if (!error.code) throw error;
		element("status").textContent = `Refused: ${error.detail} (${error.code})`;
	}
	draw();
}

function enroll(courseId, learnerId) {
	const {status, position} = call("enroll", {courseId, learnerId});
	return status === "enrolled" ? `${learnerId} has a seat on ${courseId}.` : `${learnerId} is number ${position} on the waitlist of ${courseId}.`;
}

function withdraw(courseId, learnerId) {
	const {promoted} = call("withdraw", {courseId, learnerId});
	return `${learnerId} has left ${courseId}.` + (promoted ? ` ${promoted.learnerId} has the seat now.` : "");
}

function put(courseId, title, capacity, open) {
	const course = call("putCourse", {courseId, title, capacity, open});
	return `${courseId} has ${course.seatsTaken} of ${course.capacity} seats taken; ${course.waitlistLength} are waiting.`;
}

// make returns an element with texts and elements in it. A text is never read as HTML.
function make(name, ...content) {
	const made = document.createElement(name);
	made.append(...content);
	return made;
}

function draw() {
	const courses = call("listCourses").items;
	element("courses").replaceChildren(...courses.map((c) => {
		const head = make("th", c.courseId);
		head.scope = "row";
		const cells = [c.title, `${c.seatsTaken} of ${c.capacity}`, `${c.waitlistLength}`, c.open ? "open" : "closed"];
		return make("tr", head, ...cells.map((text) => make("td", text)));
	}));
	const chosen = element("course").value || courses[0].courseId;
	element("course").replaceChildren(...courses.map((c) => new Option(c.courseId, c.courseId, false, c.courseId === chosen)));
	element("learners-title").textContent = `Learners of ${chosen}`;
	const standings = call("listEnrollments", {courseId: chosen}).items;
	for (const status of ["enrolled", "waitlisted"]) {
		const items = standings.filter((s) => s.status === status).map((s) => drawLearner(s));
		element(status).replaceChildren(...items);
		element(`no-${status}`).hidden = items.length > 0;
	}
}

function drawLearner({courseId, learnerId}) {
	const button = make("button", "Withdraw");
	button.setAttribute("aria-label", `Withdraw ${learnerId}`);
	button.addEventListener("click", () => {
		attempt(() => withdraw(courseId, learnerId));
		element("learner").focus(); // the button is gone
	});
	return make("li", learnerId, " ", button);
}

element("course").addEventListener("change", draw);
element("enroll").addEventListener("submit", (event) => {
	event.preventDefault();
	attempt(() => enroll(element("course").value, element("learner").value));
	element("learner").value = "";
});
element("put").addEventListener("submit", (event) => {
	event.preventDefault();
	attempt(() => put(element("id").value, element("title").value, element("capacity").valueAsNumber, element("open").checked));
});

async function start() {
	const begin = performance.now();
	call = await startRoster("roster.wasm");
	put("go-101", "Go for engineers", 2, true);
	put("sql-1", "SQL for analysts", 1, true);
	for (const fields of document.querySelectorAll("fieldset")) fields.disabled = false;
	element("status").textContent = `The core is ready: it started in ${Math.round(performance.now() - begin)} ms.`;
	draw();
}

start().catch((error) => {
	element("status").textContent = `The core did not start: ${error.message}`;
	throw error;
});
