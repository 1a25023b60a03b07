// Package identity authenticates requests by their bearer token (RFC 6750). A [Verifier] accepts the tokens
// of an OpenID Connect provider ([New]), or those of the machine's own development key ([OpenLocalKey]), by one set of rules:
//
//   - One Authorization header: Bearer, in any letter case, one space, and a token of at most 8 KiB. Tokens elsewhere are ignored.
//   - A JWT in compact form, signed by a public key algorithm: RS, PS or ES with 256, 384 or 512, or EdDSA. It names its key
//     (kid), and the issuer publishes that key for signing. typ is JWT, at+jwt or absent.
//   - A header that contains a key or points to one (jwk, jku, x5c, x5u) is refused, and so is one that changes the meaning
//     of the token (crit, b64, cty, zip, enc). A token never causes a fetch from an address that it names.
//   - iss is the issuer. aud is one of the audiences or contains one. exp is present and not over. nbf and iat, if present, are not in
//     the future. Clocks may differ by 30 seconds. Duplicate claims are refused.
//   - sub is 1 to 255 bytes without control characters, and becomes the actor's subject. The service's own subjects, queue and
//     those that begin with cli:, are refused.
//   - roles is a string or a list of strings. Of the roles that roster knows the strongest counts: staff, then partner, then
//     learner. Others are ignored. A token without a known role is refused.
//   - tenant is a tenant's id, and required.
//
// A provider's tokens may have these values in other claims: see [Mapping]. The rules for the values are the same.
//
// The error for an invalid token is [ports.ErrUnauthenticated]. If the token can't be verified because the provider is
// unreachable, it is [ports.ErrUnavailable]. Errors give the reason, and contain no part of the token. Those that do
// not help to forge one have a method Description with a text for the caller.
//
// No secret is compared here: signatures are verified with public keys, so there is no timing to hide.
package identity
