package main

// groups are all that can be measured, in the order in which it is: first what is measured in every round.
var groups = []group{
	{name: "submit", run: submits}, // while nobody else is at work
	{name: "pg-hot", run: pgHot},
	{name: "function", run: pgFunction},
	{name: "pg-spread", run: pgSpread},
	{name: "pg-mixed", run: pgMixed},
	{name: "low", run: low},
	{name: "p99", run: p99},
	{name: "two", run: two},
	{name: "pg-1ms", run: pgAway},
	{name: "sqlite", run: sqliteHot},
	{name: "fresh", once: true, run: fresh},
	{name: "growth", once: true, run: growth},
	{name: "import", once: true, run: imports},
	{name: "relay", once: true, run: relays},
	{name: "start", once: true, run: starts},
	{name: "plot", once: true, run: curves},
}
