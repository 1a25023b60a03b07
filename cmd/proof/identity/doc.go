// Package identity tests the verifier of tokens with oidc-provider, a certified OpenID Connect provider, in a separate process.
package identity
