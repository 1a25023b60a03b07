// Package projection keeps a read model, how full each course is, from roster's events alone. It is made to be copied: a
// consumer that ends right whatever the broker does with the messages between.
//
// # Why at least once
//
// A broker can't know that a message has had its effect, only that somebody said so. Where the answer is lost, or either side
// dies before it, the broker has two choices: never to send again, and lose some, or to send again, and repeat some. roster
// and the broker choose the second, at both of their ends: an event may come twice, an hour later, or in the middle of others.
// "Exactly once" is then what the consumer makes of it: any number of deliveries, one effect.
//
// # Why an inbox
//
// Counting is not idempotent: one more enrolled, told twice, is two more. So the consumer writes down the id of each event
// that it has taken over, and leaves alone what is there already. The broker's own memory of ids does not do: it is two
// minutes long, and what is republished after a week is older than that.
//
// # Why in the same transaction
//
// The id is written together with the effect, in one transaction of one database. Written before, a crash between the two
// loses the effect: the event comes again and is taken for a duplicate. Written after, a crash repeats it. And the broker is
// told last of all, when the transaction has reached the disk: what it is told to forget must not be lost with the power.
// An effect that lies elsewhere, as a charge on somebody's card, can't be in the transaction: package charging shows that.
//
// # Why a sequence
//
// The inbox knows what came twice, not what has not come. Each course counts its events 1, 2, 3 … without a gap, so the
// projector sees that one is missing. It puts what comes too early aside, in the same transaction, tells the broker that it
// has it, and applies it when what was missing has come. It does not refuse it and wait: should the broker have lost events
// (it acknowledges before they are on disk), roster republishes them, and then they stand in the stream *behind* the
// one that would be waiting for them. [Row.Waiting] shows what is aside; where it stays, "roster repair --republish" is due.
//
// # Where a gap stays
//
// With a retention, roster purges its journals: of what is old and was overtaken, only the last event of each learner and
// of the course's own is left, a snapshot with gaps. Who has seen the events before does not mind. A projector that begins
// anew, from a stream that has forgotten them too, waits for events that nobody has any more. It can't tell that by itself,
// so somebody says it: [Projector.Adopt], once all has been republished.
//
// A restored backup of roster's database may give sequences to other events a second time. The projector sees that by the
// ids, and ends with [ErrForked]: what it has built is of a history that is no more. A projection can be thrown away: delete
// its database and its consumer, have all republished, and it is built again.
package projection
