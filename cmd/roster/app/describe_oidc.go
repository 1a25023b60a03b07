package app

import (
	"context"

	"example.com/roster/cmd/roster/record"
)

// describeProvider adds the identity provider to the record.
func describeProvider(_ context.Context, r *record.Record) error {
	r.Uses = append(r.Uses, record.Use{
		Name: "identity-provider", Kind: "identity-provider", Title: "the provider that signs the tokens of callers, if one is named",
		Protocol: "OpenID Connect Discovery 1.0 over HTTPS", External: true, Flag: "--oidc-issuer", By: []string{"serve", "command-line"},
		RequiredFor: "serving beyond the loopback", IfDown: "tokens that are known stay valid, and others get 503; a new process is not ready", Source: "cmd/roster/app/oidc.go",
	})
	return nil
}
