-- +goose Up
CREATE TABLE sample_notes (
    tenant_id TEXT NOT NULL,
    sample_note_id TEXT NOT NULL,
    -- TODO: add the columns of a sample note.
    text TEXT NOT NULL,
    version INTEGER NOT NULL,
    since TIMESTAMP NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, sample_note_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE sample_notes;
