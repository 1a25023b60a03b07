package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

var _ ports.SampleNoteStore = (*Store)(nil)

type sampleNoteRow struct {
	bun.BaseModel `bun:"table:sample_notes,alias:x" json:"-"`
	Tenant        domain.TenantID     `bun:"tenant_id,pk" json:"-"`
	ID            domain.SampleNoteID `bun:"sample_note_id,pk" json:"i,omitzero"`
	// TODO: add the columns of a sample note, here and in the two functions below. A saved reply has the fields by their JSON names.
	Text      string    `bun:"text" json:"t,omitzero"`
	Version   int64     `bun:"version" json:"v,omitzero"`
	Since     time.Time `bun:"since" json:"a,omitzero"`
	ChangedBy string    `bun:"changed_by" json:"-"`
}

func newSampleNoteRow(tenant domain.TenantID, v domain.SampleNote) sampleNoteRow {
	return sampleNoteRow{Tenant: tenant, ID: v.ID, Text: v.Text, Version: v.Version, Since: v.Since, ChangedBy: v.ChangedBy}
}

func (r sampleNoteRow) value() domain.SampleNote {
	return domain.SampleNote{ID: r.ID, Text: r.Text, Version: r.Version, Since: r.Since.UTC(), ChangedBy: r.ChangedBy}
}

// UpdateSampleNote implements [ports.SampleNoteStore]. Nothing is locked while decide runs: if another transaction has changed the
// row since it was loaded, the save is a conflict, and UpdateSampleNote retries.
func (s *Store) UpdateSampleNote(
	ctx context.Context, need ports.SampleNoteNeed, decide func(ports.SampleNoteChange) (ports.SampleNoteChange, error),
) error {
	var refused error
	err := s.inTx(ctx, "save a sample note", s.driver.tenant(need.Tenant), func(ctx context.Context, tx bun.Tx) (err error) {
		var before ports.SampleNoteChange
		before.SampleNote, err = (reader{s.driver, tx}).SampleNote(ctx, need.Tenant, need.ID)
		if err != nil && !errors.Is(err, ports.ErrNotFound) {
			return err
		}
		before.ID = need.ID
		// keys: if before.Reply, err = loadReply(ctx, tx, need.Tenant, need.Key); err != nil {
		// keys: 	return err
		// keys: }
		after, err := decide(before)
		if refused = err; err != nil {
			return err
		}
		// keys: if after.Reply.Fingerprint != before.Reply.Fingerprint {
		// keys: 	if err := insertReply(ctx, tx, need.Tenant, after.Reply); err != nil {
		// keys: 		return err
		// keys: 	}
		// keys: }
		if after.Version == before.Version {
			return nil
		}
		return s.driver.saveSampleNote(ctx, tx, newSampleNoteRow(need.Tenant, after.SampleNote), before.Version)
	})
	if refused != nil {
		return refused
	}
	return err
}

// saveSampleNote writes the row if the stored one has this version; 0 stands for no row. Otherwise it is a conflict.
func (d Driver) saveSampleNote(ctx context.Context, tx bun.IDB, row sampleNoteRow, version int64) error {
	n, err := affected(tx.NewInsert().Model(&row).On("CONFLICT (tenant_id, sample_note_id) DO UPDATE").
		// TODO: add each column that may change.
		Set("text = EXCLUDED.text").
		Set("version = EXCLUDED.version").Set("since = EXCLUDED.since").Set("changed_by = EXCLUDED.changed_by").
		Where("x.version = ?", version).Returning("NULL").Exec(ctx))
	if err == nil && n == 0 {
		return &failure{d.Name, "save a sample note", Conflict, errors.New("another change came first")}
	}
	return err
}

// SampleNote implements [ports.SampleNoteStore].
func (r reader) SampleNote(ctx context.Context, tenant domain.TenantID, id domain.SampleNoteID) (domain.SampleNote, error) {
	row := sampleNoteRow{Tenant: tenant, ID: id}
	err := r.db.NewSelect().Model(&row).WherePK().Scan(withTenant(ctx, tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return domain.SampleNote{}, ports.ErrNotFound
	}
	return row.value(), r.driver.failed("read a sample note", err)
}
