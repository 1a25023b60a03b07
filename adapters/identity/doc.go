// Package identity tells who sends a request, by the bearer token (RFC 6750) that he shows. A [Verifier] takes the tokens
// of an OpenID Connect provider ([Open]), or those of the machine's own development key ([OpenLocalKey]), by one set of rules:
//
//   - One Authorization header: Bearer, in any case, one space, and a token of at most 8 KiB. Tokens elsewhere are not seen.
//   - A JWT in compact form, signed by a public key algorithm: RS, PS or ES with 256, 384 or 512, or EdDSA. It names its key
//     (kid), which is one that the issuer publishes for signing. typ is JWT, at+jwt or left out.
//   - A header that brings a key, or points to one (jwk, jku, x5c, x5u), is refused, and so is one that changes what the
//     token means (crit, b64, cty, zip, enc). Nothing is ever fetched because a token says so.
//   - iss is the issuer, aud is the audience or has it among others, exp is there and not over; nbf and iat, where they are
//     there, are not to come. Clocks may differ by 30 seconds. No claim of these stands twice.
//   - sub is 1 to 255 bytes without control characters, and becomes the actor's subject.
//   - roles is a text or a list of texts. Of those that mean something here the strongest counts: staff, then partner, then
//     learner. Others are somebody else's. Without one of ours the token is refused.
//   - tenant is a tenant's id. Without it the token is refused, too.
//
// What is wrong with a token is [ports.ErrUnauthenticated]; that nobody can tell, for the provider can't be reached, is
// [ports.ErrUnavailable]. Errors say why, and hold nothing of the token.
//
// Nothing here is compared that is secret: signatures are checked with public keys, so there is no timing to hide.
package identity
