// Package nats is NATS JetStream as the bus: it publishes events and delivers commands. asyncapi.yaml beside this file is the
// public contract: subjects, headers and bodies.
//
// Four streams are created if they are missing, and never altered. In a cluster they have three copies, unless [Options] say otherwise;
// [Bus.MissingCopies] returns those that have fewer.
//
//   - ROSTER_EVENTS holds the events, roster.events.{tenant}.{course}.{type}, for 30 days. The course is encoded, because its id may
//     have a dot.
//   - ROSTER_COMMANDS holds the commands until they are done, roster.commands.{tenant}.{partition}. It is a work queue. The
//     partition is [ports.PartitionOf] the course.
//   - ROSTER_REPLIES holds the results of the commands, roster.replies.{tenant}, for two days.
//   - ROSTER_PARTITIONS holds the leases, which say which worker owns which partition. A lease expires unless it is renewed.
//
// The broker keeps the order of events: see [Bus.Publish]. The order of commands takes a sender and a worker: a sender has one
// command of a course in flight at a time ([Bus.Send]), and one worker at a time owns a partition ([Bus.Work]).
//
// The broker acknowledges a message before the message is on the disk, and it knows the id of an event for two minutes only. It
// knows no ids of commands, which are chosen by their senders: one tenant's could drop the command of another. So every message may
// arrive twice: events are deduplicated by their id, commands by their key. An event that is published again has the message id
// {eventId}.{n}, since the broker knows the id of a message that was removed, too.
package nats
