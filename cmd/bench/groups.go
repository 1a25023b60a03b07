package main

// groups are all that can be measured.
var groups []group

func init() {
	groups = []group{
		{name: "pg-hot", run: pgHot, about: "PostgreSQL, one course"},
		{name: "pg-spread", run: pgSpread, about: "PostgreSQL, 10,000 courses"},
	}
}
