// Package application holds the workflows of the core: it implements the driving ports with the driven ports (package ports) and
// the rules (package domain). It decides who may ask, what runs in one transaction, and what an idempotency key means.
// Every command takes one path, alone or with a thousand others: [Batcher.Submit] admits it, loads what deciding needs, decides
// and saves. [Service.Submit] takes the same path without concurrency.
package application
