package sqlstore

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	rowsPerStatement        = 1000
	deadLettersPerStatement = 10 // their bodies may be long
)

type deadLetterRow struct {
	bun.BaseModel `bun:"table:dead_letters,alias:d"`
	Tenant        domain.TenantID  `bun:"tenant_id,pk"`
	ID            string           `bun:"letter_id,pk"`
	Subject       string           `bun:"subject"`
	Role          ports.Role       `bun:"role"`
	Key           string           `bun:"key"`
	Learner       domain.LearnerID `bun:"learner_id,nullzero"`
	Body          []byte           `bun:"body"`
	Reason        domain.Kind      `bun:"reason"`
	Detail        string           `bun:"detail"`
	Attempts      int              `bun:"tries"`
	At            time.Time        `bun:"buried_at"`
}

func newDeadLetterRow(tenant domain.TenantID, l ports.DeadLetter) deadLetterRow {
	return deadLetterRow{
		Tenant:   tenant,
		ID:       l.ID,
		Subject:  validText(l.By.Subject),
		Role:     l.By.Role,
		Key:      validText(l.Key),
		Learner:  domain.LearnerID(validText(string(l.Learner))),
		Body:     append([]byte{}, l.Body...), // an empty one is not NULL
		Reason:   l.Reason,
		Detail:   validText(l.Detail),
		Attempts: l.Attempts,
		At:       l.At,
	}
}

// validText replaces NUL and bytes that are not UTF-8, which a database refuses in a text. A command is a dead letter because
// something is wrong with it, and that must not keep it from being stored. Its body is stored unchanged.
func validText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func (r deadLetterRow) deadLetter() ports.DeadLetter {
	return ports.DeadLetter{
		ID:       r.ID,
		By:       ports.Actor{Tenant: r.Tenant, Subject: r.Subject, Role: r.Role},
		Key:      r.Key,
		Learner:  r.Learner,
		Body:     r.Body,
		Reason:   r.Reason,
		Detail:   r.Detail,
		Attempts: r.Attempts,
		At:       r.At.UTC(),
	}
}

// PutDeadLetters implements [ports.DeadLetterStore].
func (s *Store) PutDeadLetters(ctx context.Context, tenant domain.TenantID, letters []ports.DeadLetter) error {
	rows := convert(mergeByID(letters), func(l ports.DeadLetter) deadLetterRow { return newDeadLetterRow(tenant, l) })
	return s.inTx(ctx, "put dead letters", s.driver.tenant(tenant), func(ctx context.Context, tx bun.Tx) error {
		for chunk := range slices.Chunk(rows, deadLettersPerStatement) {
			q := tx.NewInsert().Model(&chunk).On("CONFLICT (tenant_id, letter_id) DO UPDATE").Returning("NULL")
			for _, column := range []string{"subject", "role", "key", "learner_id", "body", "reason", "detail", "buried_at"} {
				q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
			}
			if _, err := q.Set("tries = d.tries + EXCLUDED.tries").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// mergeByID returns the last letter of each ID, with the attempts of all, in order of ID.
func mergeByID(letters []ports.DeadLetter) []ports.DeadLetter {
	merged := make(map[string]ports.DeadLetter, len(letters))
	for _, l := range letters {
		l.Attempts += merged[l.ID].Attempts
		merged[l.ID] = l
	}
	return slices.SortedFunc(maps.Values(merged), func(a, b ports.DeadLetter) int { return strings.Compare(a.ID, b.ID) })
}

// ListDeadLetters implements [ports.DeadLetterStore].
func (s *Store) ListDeadLetters(ctx context.Context, tenant domain.TenantID, page ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	var rows []deadLetterRow
	err := s.readFresh(ctx, s.driver.tenant(tenant), func(ctx context.Context, tx bun.IDB) error {
		err := tx.NewSelect().Model(&rows).Where("tenant_id = ?", tenant).Where("letter_id > ?", page.After).
			Order("letter_id").Limit(int64(page.Limit)).Scan(ctx)
		return s.driver.failed("read dead letters", err)
	})
	return convert(rows, deadLetterRow.deadLetter), err
}

// DeleteDeadLetters implements [ports.DeadLetterStore].
func (s *Store) DeleteDeadLetters(ctx context.Context, tenant domain.TenantID, ids []string) error {
	return s.inTx(ctx, "delete dead letters", s.driver.tenant(tenant), func(ctx context.Context, tx bun.Tx) error {
		for chunk := range slices.Chunk(ids, rowsPerStatement) {
			_, err := tx.NewDelete().Model((*deadLetterRow)(nil)).
				Where("tenant_id = ?", tenant).Where("letter_id IN (?)", bun.List(chunk)).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
