package identity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Mapping says which claims of a provider's token become the audience, the subject, the roles and the tenant that roster knows.
// The zero Mapping reads aud, sub, roles and tenant.
//
// Each claim is a path: names with dots between them lead into nested objects, as in realm_access.roles. A dot inside a name has a
// backslash before it, as in https://roster\.example/roles. A path is read in this one way only, and names are case-sensitive.
type Mapping struct {
	Audience    string                // aud, azp or client_id
	Subject     string                // a string, unique and unchangeable for a person within the issuer
	Roles       string                // a string, a list of strings, or an object whose names are the roles
	Tenant      string                // a string, or an object with one name
	FixedTenant domain.TenantID       // the tenant of every token, instead of a claim
	RoleMap     map[string]ports.Role // what the provider's names mean; if it is empty, they are roster's own. A name that is not in it means nothing
}

// audienceClaims may name the audience. The others are for providers whose access tokens have no aud (RFC 9068, 2.2, requires it):
// azp is of OpenID Connect Core 1.0, 2, and client_id of RFC 8693, 4.3.
var audienceClaims = []string{"aud", "azp", "client_id"}

const maxPath = 255 // bytes

// withDefaults returns the mapping with a name for each claim, or a [domain.Violation].
func (m Mapping) withDefaults() (Mapping, error) {
	if m.FixedTenant != "" {
		if m.Tenant != "" {
			return m, &domain.Violation{Field: "tenant", Detail: "must be a claim or the same for every token, not both"}
		}
		if err := m.FixedTenant.Validate(); err != nil {
			return m, err
		}
	}
	m.Audience, m.Subject = cmp.Or(m.Audience, "aud"), cmp.Or(m.Subject, "sub")
	m.Roles, m.Tenant = cmp.Or(m.Roles, "roles"), cmp.Or(m.Tenant, "tenant")
	if !slices.Contains(audienceClaims, m.Audience) {
		return m, &domain.Violation{Field: "audience claim", Detail: fmt.Sprintf("must be aud, azp or client_id, got %q", m.Audience)}
	}
	return m, cmp.Or(validatePath("subject claim", m.Subject), validatePath("roles claim", m.Roles), validatePath("tenant claim", m.Tenant))
}

// ParseRoleMap returns the map of entries such as Roster.Staff=staff. The last equals sign counts, since THEIRS may have some too.
func ParseRoleMap(entries []string) (map[string]ports.Role, error) {
	roles := make(map[string]ports.Role, len(entries))
	for _, entry := range entries {
		i := strings.LastIndexByte(entry, '=')
		if i < 1 || !slices.Contains(roleOrder, ports.Role(entry[i+1:])) {
			return nil, &domain.Violation{Field: "role map", Detail: fmt.Sprintf("must be THEIRS=ROLE with the role learner, staff or partner, got %q", entry)}
		}
		if _, twice := roles[entry[:i]]; twice {
			return nil, &domain.Violation{Field: "role map", Detail: fmt.Sprintf("must have each name once, got %q twice", entry[:i])}
		}
		roles[entry[:i]] = ports.Role(entry[i+1:])
	}
	return roles, nil
}

// read returns the claims of a payload under the names that roster knows.
func (m Mapping) read(payload []byte) (c claims, err error) {
	var all map[string]any
	if json.Unmarshal(payload, &c.Claims) != nil || json.Unmarshal(payload, &all) != nil {
		return c, explain("the token's claims are malformed")
	}
	if m.Audience != "aud" {
		name, _ := all[m.Audience].(string)
		c.Audience = jwt.Audience{name}
	}
	c.Subject, c.unread = m.subject(all)
	if c.unread == nil {
		c.Roles, c.unread = m.roles(all)
	}
	if c.unread == nil {
		c.Tenant, c.unread = m.tenant(all)
	}
	return c, nil
}

func (m Mapping) subject(all map[string]any) (string, error) {
	subject, ok := valueAt(all, m.Subject).(string)
	if !ok {
		return "", explain("%s is missing, or not a string", display(m.Subject))
	}
	return subject, nil
}

// roles returns those of the provider's names that are roles here, under roster's own names.
func (m Mapping) roles(all map[string]any) (ours []string, err error) {
	theirs, ok := names(valueAt(all, m.Roles))
	if !ok {
		return nil, explain("%s is missing, or neither a string, nor a list of strings, nor an object", display(m.Roles))
	}
	for _, name := range theirs {
		if len(m.RoleMap) > 0 {
			name = string(m.RoleMap[name])
		}
		if slices.Contains(roleOrder, ports.Role(name)) {
			ours = append(ours, name)
		}
	}
	if len(ours) == 0 {
		return nil, explain("%s has no role of this service (other names in it: %d)", display(m.Roles), len(theirs))
	}
	return ours, nil
}

func (m Mapping) tenant(all map[string]any) (domain.TenantID, error) {
	if m.FixedTenant != "" {
		return m.FixedTenant, nil
	}
	switch value := valueAt(all, m.Tenant).(type) {
	case string:
		return domain.TenantID(value), nil
	case map[string]any:
		if found, _ := names(value); len(found) == 1 {
			return domain.TenantID(found[0]), nil
		}
	}
	return "", explain("%s is missing, or neither a string nor an object with one name", display(m.Tenant))
}

// valueAt returns the value that a path leads to, or nil.
func valueAt(claims map[string]any, path string) any {
	var value any = claims
	for _, name := range split(path) {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// names returns the names in a claim. In an object, a name whose value is false or null does not count.
func names(value any) (found []string, ok bool) {
	switch value := value.(type) {
	case string:
		return []string{value}, true
	case []any:
		for _, item := range value {
			name, ok := item.(string)
			if !ok {
				return nil, false
			}
			found = append(found, name)
		}
		return found, true
	case map[string]any:
		for name, given := range value {
			if given != nil && given != false {
				found = append(found, name)
			}
		}
		return found, true
	}
	return nil, false
}

// split returns the names in a path. A path has no control characters, so a NUL can stand for a dot inside a name.
func split(path string) []string {
	names := strings.Split(strings.ReplaceAll(path, `\.`, "\x00"), ".")
	for i, name := range names {
		names[i] = strings.ReplaceAll(name, "\x00", ".")
	}
	return names
}

// display returns a path as an error shows it.
func display(path string) string { return strings.ReplaceAll(path, `\.`, ".") }

func validatePath(field, path string) error {
	if err := domain.ValidateText(field, path, maxPath); err != nil {
		return err
	}
	names := split(path)
	if slices.Contains(names, "") {
		return &domain.Violation{Field: field, Detail: fmt.Sprintf("must be names with dots between them, such as realm_access.roles, got %q", path)}
	}
	if _, host, isURL := strings.Cut(names[0], "://"); isURL && len(names) > 1 && !strings.Contains(host, "/") {
		return &domain.Violation{Field: field, Detail: fmt.Sprintf(`must have a backslash before each dot in a name, such as https://roster\.example/roles, got %q`, path)}
	}
	return nil
}
