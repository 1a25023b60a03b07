package main

// groups are all that can be measured, in the order in which it is.
var groups = []group{
	{name: "submit", when: before, run: submits},
	{name: "pg-hot", run: pgHot},
	{name: "function", run: pgFunction},
	{name: "pg-spread", run: pgSpread},
	{name: "pg-mixed", run: pgMixed},
	{name: "low", run: low},
	{name: "p99", run: p99},
	{name: "two", run: two},
	{name: "pg-1ms", run: pgAway},
	{name: "sqlite", run: sqliteHot},
	{name: "fresh", when: after, run: fresh},
	{name: "growth", when: after, run: growth},
	{name: "import", when: after, run: imports},
	{name: "relay", when: after, run: relays},
	{name: "start", when: after, run: starts},
	{name: "plot", when: after, run: curves},
}
