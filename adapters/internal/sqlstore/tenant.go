package sqlstore

import (
	"context"

	"example.com/roster/domain"
)

type tenantKey struct{}

// about tells the driver whose rows a query is for, where the database asks for it before it shows any.
func about(ctx context.Context, tenant domain.TenantID) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// TenantOf returns the tenant whose rows a query is for; false where it is for none.
func TenantOf(ctx context.Context) (domain.TenantID, bool) {
	tenant, ok := ctx.Value(tenantKey{}).(domain.TenantID)
	return tenant, ok
}
