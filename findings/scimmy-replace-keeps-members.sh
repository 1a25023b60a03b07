#!/usr/bin/env bash
# scimmy keeps the old members of a group if a SCIM PATCH replaces them without a path. The same operation with a path replaces them.
#
# Guess:    {"op": "replace", "value": {"members": [...]}} does the same as {"op": "replace", "path": "members", "value": [...]}. An add of
#           a present member changes nothing, and a filter of replace that finds no value is the error noTarget, as RFC 7644 says.
# Instead:  Without a path, the new members are appended, and those that are in both are listed twice. An empty list removes no one. The
#           RFC's own example, which replaces all emails of a user, keeps the old one, too. An add of a present member lists it twice, and a
#           filter that finds no member adds the value as a new one. There is no error.
# Versions: scimmy 1.3.5 of npm.
# Source:   dist/lib/messages.js:649: replace is remove, only if there is a path, and then add, which pushes to lists; after noTarget it
#           adds to the list. RFC 7644, section 3.5.2.3: without a path, the value has "one or more attributes that are to be replaced";
#           3.5.2.1: no changes if the value exists already. scim-patch 0.8.3 of npm does what the RFC says in all of these.
# Users:    A learner who left the group stays in the course, and a count of members is too high. Put a path into each operation before
#           scimmy gets it: one operation for each attribute of the value. Remove duplicate members before you store them.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --ignore-scripts scimmy@1.3.5 scim-patch@0.8.3 >log 2>&1 ||
	{ cat log; echo "NOT RUN: the packages cannot be installed"; exit 2; }
cat >patch.cjs <<'JS'
const scimmy = require("scimmy").default ?? require("scimmy");
const { scimPatch } = require("scim-patch");
const { Group, User } = scimmy.Resources;

const group = { id: "1", displayName: "Go 101", members: [{ value: "ada" }, { value: "bob" }] };
const user = { id: "1", userName: "bjensen", emails: [{ type: "work", value: "old@example.com" }] };

// The last is the example of RFC 7644, section 3.5.2.3.
const cases = [
  ["replace members with a path", Group, group, { op: "replace", path: "members", value: [{ value: "ada" }, { value: "eve" }] }],
  ["replace members without a path", Group, group, { op: "replace", value: { members: [{ value: "ada" }, { value: "eve" }] } }],
  ["replace members by none, without a path", Group, group, { op: "replace", value: { members: [] } }],
  ["add a present member", Group, group, { op: "add", path: "members", value: [{ value: "ada" }] }],
  ["replace a member that is not there", Group, group, { op: "replace", path: 'members[value eq "eve"]', value: { value: "eve" } }],
  ["replace emails without a path", User, user, {
    op: "replace",
    value: {
      emails: [{ value: "bjensen@example.com", type: "work", primary: true }, { value: "babs@jensen.org", type: "home" }],
      nickName: "Babs",
    },
  }],
];

const names = (resource) => (resource.members ?? resource.emails ?? []).map((each) => each.value).join(" ") || "none";

// scimmy's own way: a resource with handlers that load and store it.
async function stored(Resource, before, operation) {
  let now = before;
  Resource.egress(() => structuredClone(now)).ingress((resource, instance) => (now = { ...instance, id: "1" }));
  await new Resource("1").patch({ schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [operation] });
  return names(now);
}

const other = (before, operation) => {
  try {
    return names(scimPatch({ schemas: [], meta: {}, ...structuredClone(before) }, [operation], {}));
  } catch (err) {
    return err.scimCode;
  }
};

(async () => {
  for (const name of ["scimmy", "scim-patch"]) console.log(name, require(`./node_modules/${name}/package.json`).version);
  for (const Resource of [Group, User]) scimmy.Resources.declare(Resource);
  for (const [what, Resource, before, operation] of cases) {
    const result = await stored(Resource, before, structuredClone(operation)).catch((err) => err.scimType);
    console.log(`${what}\n  before: ${names(before)}\n  scimmy: ${result}\n  scim-patch: ${other(before, operation)}`);
  }
})();
JS
node patch.cjs | tee output
diff output - <<'EXPECTED' || { echo "CHANGED: the finding does not hold as written"; exit 1; }
scimmy 1.3.5
scim-patch 0.8.3
replace members with a path
  before: ada bob
  scimmy: ada eve
  scim-patch: ada eve
replace members without a path
  before: ada bob
  scimmy: ada bob ada eve
  scim-patch: ada eve
replace members by none, without a path
  before: ada bob
  scimmy: ada bob
  scim-patch: none
add a present member
  before: ada bob
  scimmy: ada bob ada
  scim-patch: ada bob
replace a member that is not there
  before: ada bob
  scimmy: ada bob eve
  scim-patch: noTarget
replace emails without a path
  before: old@example.com
  scimmy: old@example.com bjensen@example.com babs@jensen.org
  scim-patch: bjensen@example.com babs@jensen.org
EXPECTED
