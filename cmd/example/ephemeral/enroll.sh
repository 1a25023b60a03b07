#!/bin/sh
# A test of roster with curl, in any POSIX shell:
#
#   ROSTER=bin/roster sh cmd/example/ephemeral/enroll.sh
set -eu

dir=$(mktemp -d)
trap 'exec 3>&-; wait; rm -r "$dir"' EXIT
mkfifo "$dir/in" "$dir/out"
"${ROSTER:-roster}" serve --ephemeral --log-level warn <"$dir/in" >"$dir/out" &
exec 3>"$dir/in" # the server ends when this is closed, which the end of this shell does, too
read -r addresses <"$dir/out"

# field NAME JSON prints the first text with this name.
field() { printf '%s\n' "$2" | sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }

# token ROLE SUBJECT prints a token of this test's tenant.
tenant=test-$$
token() { field token "$(curl -sS --fail-with-body -X POST "$(field tokenUrl "$addresses")?tenant=$tenant&role=$1&subject=$2")"; }

# send TOKEN METHOD PATH [BODY] prints the answer.
url=$(field url "$addresses")
send() {
	curl -sS --fail-with-body -X "$2" -H "Authorization: Bearer $1" -H 'Content-Type: application/json' ${4+-d "$4"} "$url$3"
}

# expect PART TEXT fails unless the text has the part.
expect() {
	case $2 in *"$1"*) ;; *) echo "want $1, got $2" >&2; exit 1 ;; esac
}

staff=$(token staff sam) ada=$(token learner ada) bob=$(token learner bob)
expect '"capacity":1' "$(send "$staff" PUT /v1/courses/go-101 '{"title":"Go for engineers","capacity":1}')"
expect '"status":"enrolled"' "$(send "$ada" POST /v1/courses/go-101/enrollments '{}')"
expect '"status":"waitlisted"' "$(send "$bob" POST /v1/courses/go-101/enrollments '{}')"
withdrawn=$(send "$ada" DELETE /v1/courses/go-101/enrollments/ada)
expect '"promoted":{' "$withdrawn"
expect '"learnerId":"bob"' "$withdrawn"
expect '"status":"enrolled"' "$(send "$bob" GET /v1/courses/go-101/enrollments/bob)"
echo "bob has the seat"
