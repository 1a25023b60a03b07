// Package deploy tests the manifests for Kubernetes, in cmd/roster/deploy, against each other and against the program, without a
// cluster. What others look for is in check.go; make deploy-check runs both on what kustomize builds.
package deploy
