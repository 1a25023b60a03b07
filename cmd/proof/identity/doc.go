// Package identity tries the verifier of tokens on oidc-provider, a certified OpenID Connect provider, in a process of its own.
package identity
