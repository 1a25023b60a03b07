package main

// groups are all groups, in the order of measuring.
var groups = []group{
	{name: "submit", when: before, run: measureSubmit},
	{name: "submit-before", when: before, run: measureSubmitBefore},
	{name: "before", run: measureBefore},
	{name: "pg-hot", run: measurePostgresHot},
	{name: "function", run: measureFunction},
	{name: "pg-spread", run: measurePostgresSpread},
	{name: "pg-mixed", run: measurePostgresMixed},
	{name: "low", run: measureFewClients},
	{name: "p99", run: measureP99},
	{name: "two", run: measureTwoProcesses},
	{name: "pg-1ms", run: measureSlowNetwork},
	{name: "sqlite", run: measureSQLiteHot},
	{name: "fresh", when: after, run: measureFreshDatabase},
	{name: "growth", when: after, run: measureGrowth},
	{name: "import", when: after, run: measureImport},
	{name: "relay", when: after, run: measureRelays},
	{name: "start", when: after, run: measureStartup},
	{name: "plot", when: after, run: plot},
}
