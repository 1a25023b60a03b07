package merge

// Parts are what a service can leave out, in the order of removal. No service translates their names.
var Parts = []string{"postgres", "nats", "partner", "oidc", "telemetry", "importer", "schedule", "unversioned", "deploy", "record"}
