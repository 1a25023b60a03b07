package identity_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// openWith returns a verifier with a mapping.
func (p *provider) openWith(t testing.TB, m identity.Mapping) *identity.Verifier {
	t.Helper()
	c := p.config()
	c.Mapping = m
	v, err := openVerifier(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var roleMap = map[string]ports.Role{"Roster.Staff": ports.Staff, "learners": ports.Learner}

func TestClaimsBecomeTheActor(t *testing.T) {
	t.Parallel()
	p := start(t)
	ada := ports.Actor{Tenant: "default", Subject: "ada", Role: ports.Staff}
	of := func(tenant domain.TenantID) ports.Actor {
		return ports.Actor{Tenant: tenant, Subject: "ada", Role: ports.Learner}
	}
	for name, c := range map[string]struct {
		mapping identity.Mapping
		claims  fields
		want    ports.Actor
	}{
		"nested roles": {identity.Mapping{Roles: "realm_access.roles"}, fields{"roles": nil, "realm_access": fields{"roles": []string{"offline_access", "staff"}}}, ada},
		"a dot inside a name": {identity.Mapping{Roles: `resource_access.roster\.api.roles`},
			fields{"roles": nil, "resource_access": fields{"roster.api": fields{"roles": "staff"}}}, ada},
		"a name that is a URL":                   {identity.Mapping{Roles: `https://roster\.example/roles`}, fields{"roles": nil, "https://roster.example/roles": []string{"staff"}}, ada},
		"a URL that leads on":                    {identity.Mapping{Roles: `https://roster\.example/app.roles`}, fields{"https://roster.example/app": fields{"roles": "staff"}}, ada},
		"a name with colons":                     {identity.Mapping{Roles: "urn:zitadel:iam:org:project:roles"}, fields{"urn:zitadel:iam:org:project:roles": fields{"staff": fields{"1": "x"}}}, ada},
		"a false name in an object":              {identity.Mapping{}, fields{"roles": fields{"staff": false, "partner": nil, "learner": true}}, of("default")},
		"mapped roles":                           {identity.Mapping{RoleMap: roleMap}, fields{"roles": []string{"Roster.Staff", "other"}}, ada},
		"the strongest of mapped roles":          {identity.Mapping{RoleMap: roleMap}, fields{"roles": []string{"learners", "Roster.Staff"}}, ada},
		"a mapped role and roster's own name":    {identity.Mapping{RoleMap: roleMap}, fields{"roles": []string{"learners", "staff"}}, of("default")},
		"an object of mapped roles":              {identity.Mapping{RoleMap: roleMap}, fields{"roles": fields{"learners": fields{}}}, of("default")},
		"another subject":                        {identity.Mapping{Subject: "student.number"}, fields{"sub": "7ed34707", "student": fields{"number": "ada"}}, of("default")},
		"another subject, without sub":           {identity.Mapping{Subject: "oid"}, fields{"sub": nil, "oid": "ada"}, of("default")},
		"another tenant claim":                   {identity.Mapping{Tenant: "tid"}, fields{"tenant": nil, "tid": "uni-2"}, of("uni-2")},
		"a tenant that is the name in an object": {identity.Mapping{Tenant: "organization"}, fields{"organization": fields{"uni-2": fields{"id": "7"}}}, of("uni-2")},
		"the same tenant for all":                {identity.Mapping{FixedTenant: "uni-3"}, fields{"tenant": nil}, of("uni-3")},
		"the same tenant, whatever is claimed":   {identity.Mapping{FixedTenant: "uni-3"}, fields{"tenant": "uni-2"}, of("uni-3")},
		"azp":                                    {identity.Mapping{Audience: "azp"}, fields{"aud": nil, "azp": audience}, of("default")},
		"azp beside an aud of other services":    {identity.Mapping{Audience: "azp"}, fields{"aud": "account", "azp": audience}, of("default")},
		"client_id":                              {identity.Mapping{Audience: "client_id"}, fields{"aud": nil, "client_id": audience}, of("default")},
		"malformed claims that are not read":     {identity.Mapping{Roles: "r", Tenant: "t"}, fields{"roles": 7, "tenant": []string{"x"}, "r": "learner", "t": "default"}, of("default")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := p.openWith(t, c.mapping).Verify(context.Background(), p.token(nil, c.claims)); err != nil || got != c.want {
				t.Errorf("it is %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

// A refused token's error has the reason. The caller gets it as a description, unless it would help the author of a forged token.
func TestRefusalsAreDescribed(t *testing.T) {
	t.Parallel()
	p := start(t)
	now := p.clock().Unix()
	const told, untold = true, false
	for name, c := range map[string]struct {
		mapping identity.Mapping
		header  fields
		claims  fields
		reason  string
		public  bool
	}{
		"expired":                              {claims: fields{"exp": now - 60}, reason: "the token has expired", public: told},
		"no exp":                               {claims: fields{"exp": nil}, reason: "exp is missing", public: told},
		"not valid yet":                        {claims: fields{"nbf": now + 60}, reason: "the token is not valid yet", public: told},
		"issued later":                         {claims: fields{"iat": now + 60}, reason: "the token is not valid yet", public: told},
		"another issuer":                       {claims: fields{"iss": "https://other.example"}, reason: "iss is another issuer", public: told},
		"another audience":                     {claims: fields{"aud": "wiki"}, reason: "the token is for another audience", public: told},
		"another audience, and nothing else":   {claims: fields{"aud": "wiki", "sub": nil, "roles": nil, "tenant": nil}, reason: "the token is for another audience", public: told},
		"malformed claims":                     {claims: fields{"aud": 7}, reason: "the token's claims are malformed", public: told},
		"no subject":                           {claims: fields{"sub": nil}, reason: "sub is missing, or not a string", public: told},
		"a long subject":                       {claims: fields{"sub": strings.Repeat("x", 256)}, reason: "the subject is missing, longer than 255 bytes", public: told},
		"no role":                              {claims: fields{"roles": nil}, reason: "roles is missing, or neither a string", public: told},
		"unknown roles":                        {claims: fields{"roles": []string{"admin", "root"}}, reason: "roles has no role of this service (other names in it: 2)", public: told},
		"no tenant":                            {claims: fields{"tenant": nil}, reason: "tenant is missing, or neither a string", public: told},
		"a bad tenant":                         {claims: fields{"tenant": "../x"}, reason: "the tenant is missing or invalid", public: told},
		"the queue's name":                     {claims: fields{"sub": "queue"}, reason: "a name of the service's own", public: untold},
		"the queue's name in another claim":    {identity.Mapping{Subject: "oid"}, nil, fields{"oid": "queue"}, "a name of the service's own", untold},
		"an operator's name in another claim":  {identity.Mapping{Subject: "a.b"}, nil, fields{"a": fields{"b": "cli:root"}}, "a name of the service's own", untold},
		"an unknown key":                       {header: fields{"kid": "made-up"}, reason: "a key that its issuer does not publish", public: untold},
		"another's key":                        {header: fields{"kid": "ec", "alg": "ES256"}, reason: "the signature does not match", public: untold},
		"no key":                               {header: fields{"kid": nil}, reason: "does not name its key", public: untold},
		"a type":                               {header: fields{"typ": "logout+jwt"}, reason: "type must be JWT", public: untold},
		"no algorithm":                         {header: fields{"alg": "none"}, reason: "no valid signature of an accepted algorithm", public: untold},
		"nested, but the whole name is there":  {identity.Mapping{Roles: "a.b"}, nil, fields{"a.b": "staff"}, "a.b is missing", told},
		"a whole name, but the path is there":  {identity.Mapping{Roles: `a\.b`}, nil, fields{"a": fields{"b": "staff"}}, "a.b is missing", told},
		"a path through a list":                {identity.Mapping{Roles: "a.0"}, nil, fields{"a": []string{"staff"}}, "a.0 is missing", told},
		"an unmapped role":                     {identity.Mapping{RoleMap: roleMap}, nil, fields{"roles": "staff"}, "roles has no role of this service (other names in it: 1)", told},
		"a mapped role in another letter case": {identity.Mapping{RoleMap: roleMap}, nil, fields{"roles": "roster.staff"}, "roles has no role of this service (other names in it: 1)", told},
		"a subject that is a number":           {identity.Mapping{Subject: "n"}, nil, fields{"n": 42}, "n is missing, or not a string", told},
		"a subject that is an object":          {identity.Mapping{Subject: "n"}, nil, fields{"n": fields{"ada": 1}}, "n is missing, or not a string", told},
		"a tenant of two names":                {identity.Mapping{Tenant: "o"}, nil, fields{"o": fields{"a": 1, "b": 1}}, "o is missing, or neither", told},
		"another azp":                          {identity.Mapping{Audience: "azp"}, nil, fields{"azp": "wiki"}, "another audience", told},
		"no azp":                               {identity.Mapping{Audience: "azp"}, nil, nil, "another audience", told},
		"a list of azp":                        {identity.Mapping{Audience: "azp"}, nil, fields{"azp": []string{audience}}, "another audience", told},
		"no client_id":                         {identity.Mapping{Audience: "client_id"}, nil, fields{"azp": audience}, "another audience", told},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := p.token(c.header, c.claims)
			v := p.openWith(t, c.mapping)
			requireRefused(t, v.Verify, token)
			_, err := v.Verify(context.Background(), token)
			described, ok := errors.AsType[interface {
				error
				Description() string
			}](err)
			if !ok || !strings.Contains(err.Error(), c.reason) {
				t.Fatalf("it is %v, want %q", err, c.reason)
			}
			if got := described.Description(); c.public && !strings.Contains(got, c.reason) || !c.public && got != "" {
				t.Errorf("the description is %q", got)
			}
		})
	}
}

// A name that is there twice in an object could be read differently by others, so the token is refused.
func TestDuplicateNamesInNestedClaims(t *testing.T) {
	t.Parallel()
	p := start(t)
	header, claims := p.good()
	text := claims.with(fields{"realm_access": fields{"roles": "learner"}}).text()
	v := p.openWith(t, identity.Mapping{Roles: "realm_access.roles"})
	requireAccepted(t, v, p.sign(header.text(), text))
	requireRefused(t, v.Verify, p.sign(header.text(), strings.Replace(text, `{"roles":"learner"`, `{"roles":"staff","roles":"learner"`, 1)))
}

func TestSeveralAudiences(t *testing.T) {
	t.Parallel()
	p := start(t)
	c := p.config()
	c.Audiences = []string{"api://roster", audience}
	v, err := openVerifier(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	requireAccepted(t, v, p.token(nil, nil))
	requireAccepted(t, v, p.token(nil, fields{"aud": []string{"api://roster", "wiki"}}))
	requireRefused(t, v.Verify, p.token(nil, fields{"aud": []string{"roster-2", "wiki"}}))
}

func TestInvalidMappingsAreRefused(t *testing.T) {
	t.Parallel()
	for field, mappings := range map[string][]identity.Mapping{
		"subject claim": {{Subject: "a..b"}, {Subject: ".a"}, {Subject: "a."}, {Subject: "a\nb"}, {Subject: strings.Repeat("x", 256)}},
		"roles claim":   {{Roles: "."}, {Roles: "https://roster.example/roles"}, {Roles: "https://roster.example"}},
		"tenant claim":  {{Tenant: "a..b"}}, "tenant": {{Tenant: "tid", FixedTenant: "uni-2"}}, "tenant must": {{FixedTenant: "../x"}},
		"audience claim": {{Audience: "sub"}, {Audience: "AUD"}},
	} {
		for _, m := range mappings {
			_, err := identity.New(identity.Config{Issuer: issuer, Audiences: []string{audience}, Mapping: m})
			if _, ok := errors.AsType[*domain.Violation](err); !ok || !strings.HasPrefix(err.Error(), field) {
				t.Errorf("%+v: it is %v, want a violation of %s", m, err, field)
			}
		}
	}
}

func TestParseRoleMap(t *testing.T) {
	t.Parallel()
	got, err := identity.ParseRoleMap([]string{"Roster.Staff=staff", "cn=all,ou=school=learner"})
	want := map[string]ports.Role{"Roster.Staff": ports.Staff, "cn=all,ou=school": ports.Learner}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("it is %v, %v, want %v", got, err, want)
	}
	for _, entries := range [][]string{{"staff"}, {"=staff"}, {"x="}, {"x=admin"}, {"x=Staff"}, {""}, {"x=staff", "x=learner"}} {
		if _, err := identity.ParseRoleMap(entries); !errors.Is(err, domain.ErrInvalidArgument) {
			t.Errorf("%q: it is %v", entries, err)
		}
	}
}
