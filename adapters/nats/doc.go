// Package nats is NATS JetStream as the bus: events go out by it, and commands come in. asyncapi.yaml beside this file is what
// the world is promised: subjects, headers and bodies.
//
// Four streams are made where they are missing, and never altered where they are there:
//
//   - ROSTER_EVENTS has the events, roster.events.{tenant}.{course}.{type}, for 30 days.
//   - ROSTER_COMMANDS has the commands until they are done, roster.commands.{tenant}.{partition}: a work queue. The partition
//     is FNV-1a of the course's id, modulo 16.
//   - ROSTER_REPLIES has what became of them, roster.replies.{tenant}, for two days.
//   - ROSTER_PARTITIONS has who works on which partition: leases, which end by themselves.
//
// Order of events is kept by the broker: each message names the sequence that the stream must have come to, so what follows
// one that did not arrive is refused. Order of commands is kept by their sender, who has one of a course under way at a time,
// and by the worker: who takes a partition makes its consumer anew, so that delivery begins with the first message that is
// not done, whatever was handed to the one before.
//
// The broker keeps a message that it acknowledged before the disk has it, and knows a message id for two minutes only. So
// everything may come twice: events are known by their id, commands by their key.
package nats
