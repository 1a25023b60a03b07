#!/usr/bin/env bash
# kubectl-validate fills in missing required fields before it looks for them, and knows no lists of allowed words.
#
# Guess:    A validator with the API server's own schemas reports a container port without containerPort, a volume mount without mountPath, and
#           restartPolicy: Sometimes. The server refuses all three.
# Instead:  All three are "OK". It reports an unknown field, a wrong type, and a probe without its port.
# Versions: sigs.k8s.io/kubectl-validate v0.0.4, with its schemas of Kubernetes 1.30.
# Source:   The published schemas say "default": "" or 0 for such fields, and defaults are filled in before the check. They have no enum, because
#           the server checks words in code (ValidatePodSpec). A probe's port has no default in them.
# Users:    Green manifests are refused by the cluster, or run with an empty value in a tool that skips the server's rules. Run the rules of
#           k8s.io/kubernetes, too, or a dry run by a server: kubectl apply --dry-run=server.
# Exit:     0 the finding holds; 1 the behavior changed; 2 not run. It compiles for some minutes.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
unset GOFLAGS
export GOWORK=off
GOBIN=$dir go install sigs.k8s.io/kubectl-validate@v0.0.4 >log 2>&1 || { tail -n 5 log; echo "NOT RUN: the module cannot be built"; exit 2; }

# try NAME EDIT validates a pod after an edit by sed, and prints OK or the first error.
try() {
	sed "$2" >"$1.yaml" <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  restartPolicy: Never
  containers:
    - name: web
      image: web:1
      ports: [{name: http, containerPort: 8080}]
      readinessProbe: {httpGet: {path: /, port: http}}
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, emptyDir: {}}]
YAML
	local output
	if output=$(./kubectl-validate --version 1.30 "$1.yaml" 2>&1); then
		echo "$1: OK"
	else
		echo "$1: $(grep -oE 'unknown field|Required value|must be of type [a-z]+' <<<"$output" | head -n 1)"
	fi
}

got=$(
	try unchanged ''
	try no-container-port 's/, containerPort: 8080//'
	try no-mount-path 's/, mountPath: .data//'
	try unknown-policy 's/Never/Sometimes/'
	try no-probe-port 's/, port: http//'
	try unknown-field 's/image:/imago: x\n      image:/'
	try wrong-type 's/8080/eighty/'
)
echo "$got"
want='unchanged: OK
no-container-port: OK
no-mount-path: OK
unknown-policy: OK
no-probe-port: Required value
unknown-field: unknown field
wrong-type: must be of type integer'
[ "$got" = "$want" ] || { echo "the behavior changed"; exit 1; }
echo "the finding holds"
