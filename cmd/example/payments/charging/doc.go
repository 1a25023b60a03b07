// Package charging is the partner of a saga: it charges whoever gets a seat, and where the charge is refused has roster take
// the seat back, which then goes to the next in line. It is made to be copied: a participant of which every step may happen
// twice and counts once.
//
// # Why a saga
//
// A seat is roster's and a payment the bank's, and no transaction spans the two. So each does its part and tells: roster gives
// the seat and says so (learner.enrolled, learner.promoted); this service charges; and what can't go on is undone by a
// compensation, a command to withdraw, not by a rollback. In between, a learner has a seat that is not paid for: what a
// saga gives up is isolation, and whoever needs the difference must ask this service.
//
// # Why each step is idempotent
//
// Events come at least once, and this service may die after any line. The event's id ties all together, since it is the same
// whenever the event comes again:
//
//   - The charge goes to the bank under the event's id, and the bank charges once under a key. That effect is not in this
//     service's database, so no transaction could hold the two together: here the key does what an inbox does at home.
//   - What came of it is written down under the event's id, in one row: the effect at home and the inbox in one.
//   - The command to withdraw has a key made of the event's id. The broker drops a second one within minutes, by the
//     message's id, and roster at any time, by the command's key.
//   - Last, the event is acknowledged. Where anything before failed it is not, and comes again: so nothing else has to
//     remember what is still to do.
//
// # What is not here
//
// A refund for who withdraws after paying would be one more event to listen to. A compensation takes away what the learner
// holds when it arrives; who was refused, left and enrolled again meanwhile loses the second enrollment, and may come back.
// Where that matters let the second charge decide: withdraw only what is not paid for by then.
//
// The database is no projection that could be built again: without it old refusals would be sent once more, when their keys
// are free again (roster keeps them for two days). Have it in the backups.
package charging
