// Package projection builds a read model, how full each course is, from roster's events alone. Copy it for a consumer whose
// result is right however often and in whatever order the broker delivers the messages.
//
// # Why at least once
//
// A broker can't know whether a message has had its effect; it only knows the acknowledgement. If the acknowledgement is lost, or
// either side dies before it, the broker can either never send the message again, and lose some, or send it again, and repeat
// some. roster and the broker both repeat: an event may arrive twice, an hour later, or in the middle of others. "Exactly once" is
// the consumer's job: any number of deliveries, one effect.
//
// # Why an inbox
//
// Counting is not idempotent: one enrollment that is delivered twice counts as two. So the consumer stores the id of each event
// that it has processed, and ignores an event whose id is stored. The broker's deduplication is not enough: its window is two
// minutes, and events may be republished after a week.
//
// # Why in the same transaction
//
// The id is stored together with the effect, in one transaction of one database. If it were stored before, a crash in between would
// lose the effect: the event is delivered again and looks like a duplicate. If it were stored after, a crash would repeat the
// effect. The event is acknowledged last, after the transaction is on disk: the broker may forget an acknowledged event, so a
// power failure must not lose it here. An effect outside the database, such as a charge on a card, can't be in the transaction:
// package charging shows that.
//
// # Why a sequence
//
// The inbox detects duplicates, but not missing events. Each course numbers its events 1, 2, 3 … without a gap, so the projector
// detects a gap. It stores an early event in the same transaction, acknowledges it, and applies it when the missing events have
// arrived. It does not refuse the early event and wait for a redelivery. If the broker loses events (it acknowledges before they
// are on disk), roster republishes them, and then they are in the stream *behind* the event that would wait for them.
// [Row.Waiting] counts the stored events; if it stays above 0, run "roster repair --republish".
//
// # When a gap stays
//
// With a retention, roster purges its journals: of old, superseded events it keeps only the last one of each learner and of the
// course's own, a snapshot with gaps. A consumer that has processed the earlier events is not affected. A new projector on a
// stream without these events waits for events that no longer exist, from the beginning or after the first few. It can't detect
// that by itself, so an operator republishes everything for a projector with [Projector.Rebuild], and calls [Projector.Adopt] after
// everything has arrived. A course with applied events is not adopted: they are not stored, so a later event of the same enrollment
// can't replace them.
//
// If roster's database is restored from a backup, roster may give the same sequences to other events. The projector detects that by
// the ids and stops with [ErrForked]: it was built from a history that no longer exists. To rebuild a projection, delete its
// database and its consumer, and republish all events.
package projection
