// Package deploy tests the manifests for Kubernetes against each other and against the program, without a cluster. What the checkers
// of other projects find is in check.go; make deploy-check runs both on what kustomize builds.
package deploy
