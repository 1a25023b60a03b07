package membus

import (
	"context"

	"example.com/roster/adapters/memstore"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// PublishJournal publishes the journal of a course from its beginning, as a new consumer wants it.
func (b *Bus) PublishJournal(ctx context.Context, from *memstore.Store, tenant domain.TenantID, course domain.CourseID) error {
	for entry, err := range from.Journal(ctx, tenant, course, 0) {
		if err != nil {
			return err
		}
		if _, err := b.Publish(ctx, []ports.Message{{Tenant: tenant, Entry: entry}}); err != nil {
			return err
		}
	}
	return nil
}
