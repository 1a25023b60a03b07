package record_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/record"
)

func TestImpact(t *testing.T) {
	t.Parallel()
	for thing, want := range map[string][]string{
		"table:rooms": {
			"operation  Commands.Submit", "operation  Queries.List",
			"endpoint   http-v1/book         through operation:Commands.Submit",
			"endpoint   http-old/bookOld     through operation:Commands.Submit",
			"endpoint   queue/command        through operation:Commands.Submit",
			"endpoint   http-v1/list         through operation:Queries.List",
			"endpoint   command-line/list    through operation:Queries.List",
			"process    paid-booking         through operation:Commands.Submit, endpoint:http-v1/book",
		},
		"bookings": {"operation  Commands.Submit", "endpoint  queue/command  through operation:Commands.Submit"},
		"seats":    {"table      rooms", "operation  Commands.Submit      through table:rooms"},
		"echo": {
			"package   adapters/httpapi",
			"api       http-v1           through package:adapters/httpapi",
			"api       http-old          through package:adapters/httpapi",
			"endpoint  http-v1/book      through package:adapters/httpapi, api:http-v1",
		},
		"library:chairs-dist":       {"package   adapters/httpapi", "api       http-v1                through package:adapters/httpapi"},
		"package:adapters/postgres": {"store      postgresql", "operation  Queries.List  through store:postgresql, table:rooms"},
		"use:nats":                  {"service  booking", "stream   BOOKING", "endpoint  events/room.booked  through stream:BOOKING"},
		"use:postgresql":            {"store      postgresql", "table      rooms                through store:postgresql"},
		"BOOKING_QUEUE":             {"endpoint  queue/command", "process   paid-booking   through endpoint:queue/command"},
		"endpoint:bookOld":          {"Nothing in the record depends on it."},
		"api:http-old":              {"endpoint  http-old/bookOld"},
		"ports":                     {"package   adapters/nats", "api       queue                 through package:adapters/nats"},
		"list":                      {"service    booking", "module     github.com/Mixed/Case", "column     rooms.seats", "use        oidc"},
	} {
		t.Run(thing, func(t *testing.T) {
			t.Parallel()
			found, err := record.Impact(sample(), thing)
			if err != nil {
				t.Fatal(err)
			}
			lines := record.ImpactText(found)
			for _, line := range want {
				if fields := strings.Fields(line); !slices.ContainsFunc(lines, func(l string) bool { return slices.Equal(strings.Fields(l), fields) }) {
					t.Errorf("no %q in\n%s", line, strings.Join(lines, "\n"))
				}
			}
		})
	}
}

// Each step of a way is a direct dependency: the last thing on it has the dependent without a way.
func TestWaysAreDirect(t *testing.T) {
	t.Parallel()
	r := sample()
	impact := func(thing string) []record.Dependent {
		found, err := record.Impact(r, thing)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	direct := func(from, to string) bool {
		return slices.ContainsFunc(impact(from), func(d record.Dependent) bool { return d.Kind+":"+d.Name == to && len(d.Through) == 0 })
	}
	ways := 0
	for _, thing := range impact(record.AllThings) {
		from := thing.Kind + ":" + thing.Name
		for _, d := range impact(from) {
			at := from
			for _, next := range append(slices.Clone(d.Through), d.Kind+":"+d.Name) {
				if !direct(at, next) {
					t.Errorf("from %s to %s by %q: %s does not depend on %s", from, d.Name, d.Through, next, at)
				}
				at = next
			}
			ways++
		}
	}
	if ways < 50 {
		t.Errorf("%d ways, want more", ways)
	}
}

// The changes of a record that an impact must follow: without a link, what was behind it is not found.
func TestImpactFollowsTheRecord(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Operations[0].Reads = nil
	found, err := record.Impact(r, "table:rooms")
	if lines := strings.Join(record.ImpactText(found), "\n"); err != nil || strings.Contains(lines, "Commands.Submit") || !strings.Contains(lines, "Queries.List") {
		t.Errorf("%v: an operation that does not use the table depends on it:\n%s", err, lines)
	}
}

func TestImpactOfUnknown(t *testing.T) {
	t.Parallel()
	for thing, want := range map[string]string{
		"table:roms":      `the record has no "table:roms": did you mean table:rooms? "list" lists all names`,
		"bok":             "did you mean endpoint:http-v1/book? ",
		"nothing like it": `the record has no "nothing like it": "list" lists all names`,
		"postgresql":      `"postgresql" may be each of these: use:postgresql, store:postgresql`,
		"room_id":         `"room_id" may be each of these: column:rooms.room_id, column:bookings.room_id`,
		"":                `the record has no "": "list" lists all names`,
	} {
		if _, err := record.Impact(sample(), thing); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", thing, err, want)
		}
	}
}
