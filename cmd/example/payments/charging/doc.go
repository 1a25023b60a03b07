// Package charging takes part in a saga: it charges each learner who gets a seat. If the charge is refused, it has roster withdraw
// the learner, and the seat goes to the first learner on the waitlist. Copy it for a participant in which every step may run twice
// and takes effect once.
//
// # Why a saga
//
// The seat belongs to roster and the payment to the bank, and no transaction spans both. So each does its part and reports it:
// roster gives the seat and publishes learner.enrolled or learner.promoted, and this service charges. A refusal is undone by a
// compensation, a command to withdraw, and not by a rollback. In between, a learner has a seat that is not paid for: a saga gives
// up isolation. A client that needs the difference must query this service.
//
// # Why each step is idempotent
//
// Events are delivered at least once, and this service may die after any line. The event's id links all steps, because it is the
// same in every delivery:
//
//   - The charge is sent to the bank with the event's id as its key, and the bank charges once per key. That effect is not in this
//     service's database, so no transaction could hold both: the key does what an inbox does for a local effect.
//   - The result is stored under the event's id, in one row: the local effect and the inbox in one.
//   - The command to withdraw has a key made of the event's id. The queue may get it twice, and roster runs it once. It names the
//     enrollment that was not paid for. So if it is late, and the learner has left and enrolled again, it does not end the later
//     enrollment, which has a charge of its own.
//   - The event is acknowledged last. If any step failed it is not acknowledged, and is delivered again: no other state has to
//     record what is left to do.
//
// # What is not here
//
// A refund for a learner who withdraws after paying would be one more event to consume. So would learner.renamed: a learner who gets
// another id between the seat and the refusal keeps the seat, because the command names the earlier id.
//
// The database can't be rebuilt from events: without it, old refusals would be sent again after their keys have expired (roster
// keeps them for two days). Include it in the backups.
package charging
