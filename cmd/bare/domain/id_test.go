package domain_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/roster/cmd/bare/domain"
)

func TestTenantID(t *testing.T) {
	t.Parallel()
	for id, good := range map[domain.TenantID]bool{
		"default": true, "A-z_9": true, domain.TenantID(strings.Repeat("x", 64)): true,
		"": false, "a b": false, "é": false, domain.TenantID(strings.Repeat("x", 65)): false,
	} {
		if err := id.Validate(); (err == nil) != good || err != nil && !errors.Is(err, domain.ErrInvalidArgument) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{"a": true, "ä b": true, "": false, "a\nb": false, "\xff": false, "four": true, "fives": false} {
		if err := domain.ValidateText("text", text, 4); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
