#!/usr/bin/env bash
# The package cloudevents of npm changes an event that it reads and sends on: its time, and JSON data that is not an object.
#
# Guess:    HTTP.toEvent and then HTTP.binary or HTTP.structured keep the attributes and the data. The mode of the message changes, and perhaps
#           how the JSON is spelled.
# Instead:  The time loses what is below a millisecond, and its offset. An event without a time, which is optional, gets the time of reading.
#           From a structured message, data that is 0, false or "" is left out. From a binary one, the numbers and booleans become texts, and
#           into a binary one the text "12" goes without its quotes, so that it becomes the number. Data of a JSON type that is not spelled
#           exactly as the package expects, such as "application/json;charset=utf-8" or a +json type, becomes a text. There is no error.
# Versions: cloudevents 10.0.0 of npm.
# Source:   dist/event/cloudevent.js sets a time if there is none; dist/parsers.js parses a time into a Date, quotes a body that does not begin
#           like an object, a list or a text, and looks parsers up by the whole content type; dist/message/http/index.js takes a property of
#           a structured event only if it is truthy, and encodes only objects. https://github.com/cloudevents/sdk-javascript/issues/386 reports
#           that an invalid time becomes the current one.
# Users:    A forwarder between services breaks consumers that order events by time, compare them by hash, or read a count from the data. Publish
#           an object as the data, with content type application/json and a second copy of the time inside. To forward, copy headers and body.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --ignore-scripts cloudevents@10.0.0 >log 2>&1 || { cat log; echo "NOT RUN: the package cannot be installed"; exit 2; }
cat >pass.cjs <<'JS'
const { HTTP } = require("cloudevents");
const { version } = require("./node_modules/cloudevents/package.json");

const attributes = { specversion: "1.0", id: "1", source: "/seats", type: "seat.taken", time: "2026-01-02T03:04:05.123Z" };

const structured = (more) => ({
  headers: { "content-type": "application/cloudevents+json" },
  body: JSON.stringify({ ...attributes, ...more }),
});

const binary = (body, more, type = "application/json") => {
  const headers = { "content-type": type };
  for (const [name, value] of Object.entries({ ...attributes, ...more })) {
    if (value !== undefined) headers["ce-" + name] = value;
  }
  return { headers, body };
};

const time = (message) => message.headers["ce-time"];
const body = (message) => message.body;
const data = (message) => {
  const event = JSON.parse(message.body);
  return "data" in event ? JSON.stringify(event.data) : "no data";
};

const pass = (what, message, mode, show) => console.log(what + ":", show(mode(HTTP.toEvent(message))));

console.log("cloudevents", version);
pass("time with microseconds", binary("{}", { time: "2026-01-02T03:04:05.123456Z" }), HTTP.binary, time);
pass("time with an offset", binary("{}", { time: "2026-01-02T03:04:05.123+02:00" }), HTTP.binary, time);
const start = Date.now();
pass("no time", binary("{}", { time: undefined }), HTTP.binary, (m) => (Date.parse(time(m)) >= start ? "now" : time(m)));
for (const value of [12, 0, false, ""]) {
  pass("structured " + JSON.stringify(value), structured({ data: value }), HTTP.structured, data);
}
for (const text of ['{"seats":0}', "12", "0", "false", '"12"']) {
  pass("binary to structured " + text, binary(text), HTTP.structured, data);
}
pass('binary "12"', binary('"12"'), HTTP.binary, body);
for (const type of ["application/json; charset=utf-8", "application/json;charset=utf-8", "application/problem+json"]) {
  pass("binary to structured, " + type, binary('{"seats":0}', {}, type), HTTP.structured, data);
}
JS
node pass.cjs | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
cloudevents 10.0.0
time with microseconds: 2026-01-02T03:04:05.123Z
time with an offset: 2026-01-02T01:04:05.123Z
no time: now
structured 12: 12
structured 0: no data
structured false: no data
structured "": no data
binary to structured {"seats":0}: {"seats":0}
binary to structured 12: "12"
binary to structured 0: "0"
binary to structured false: "false"
binary to structured "12": "12"
binary "12": 12
binary to structured, application/json; charset=utf-8: {"seats":0}
binary to structured, application/json;charset=utf-8: "{\"seats\":0}"
binary to structured, application/problem+json: "{\"seats\":0}"
EXPECTED
