package main

// groups are all that can be measured, in the order in which it is: first what is measured in every round.
var groups = []group{
	{name: "pg-hot", run: pgHot},
	{name: "pg-spread", run: pgSpread},
	{name: "pg-mixed", run: pgMixed},
	{name: "low", run: low},
	{name: "p99", run: p99},
	{name: "two", run: two},
	{name: "sqlite", run: sqliteHot},
	{name: "submit", run: submits},
}
