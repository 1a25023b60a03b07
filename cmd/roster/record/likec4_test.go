package record_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	c4Declared = regexp.MustCompile(`(?m)^\s*(\w+) = \w+ '`)
	c4Related  = regexp.MustCompile(`(?m)^\s*([\w.]+) -> ([\w.]+) '`)
)

// undeclared returns the elements that relations and views name, and the model does not have.
func undeclared(text string) (names []string) {
	declared := make(map[string]bool)
	for _, m := range c4Declared.FindAllStringSubmatch(text, -1) {
		declared[m[1]] = true
	}
	for _, m := range c4Related.FindAllStringSubmatch(text, -1) {
		for part := range strings.SplitSeq(m[1]+"."+m[2], ".") {
			if !declared[part] {
				names = append(names, part)
			}
		}
	}
	return names
}

func TestLikeC4(t *testing.T) {
	t.Parallel()
	text := write(t, "likec4", sample())
	if names := undeclared(text); names != nil {
		t.Errorf("the model does not have %q", names)
	}
	for _, line := range []string{
		`description 'Books rooms: it\'s "simple". Mostly.'`,
		`actor_guest -> service_booking.container_serve 'The HTTP API'`,
		`actor_staff -> service_booking.stream_BOOKING_QUEUE 'The queue'`,
		`actor_staff -> service_booking.container_command_line 'The command line'`,
		`service_booking.container_worker -> service_booking.store_postgresql 'reads and writes'`,
		`service_booking.container_worker -> service_booking.stream_BOOKING 'publishes'`,
		`service_booking.container_serve -> system_oidc 'OpenID Connect'`,
		`actor_guest -> service_booking.container_serve 'book'`,
		`service_booking.stream_BOOKING -> system_payments 'booked'`,
		`system_payments -> service_booking.stream_BOOKING_QUEUE 'cancel'`,
		`system_payments -> service_booking 'cancel'`, // in the view of the process
		`service_booking.container_worker -> service_booking.stream_BOOKING_QUEUE 'consumes'`,
		`service_booking.container_command_line -> service_booking.stream_BOOKING_QUEUE 'publishes'`,
		`system_payments -> system_payments 'charge'`, // in the view of the process
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	for _, line := range []string{"actor_guest -> service_booking.container_worker", "container_worker -> system_oidc", "actor_guest -> service_booking.stream_BOOKING_QUEUE",
		"container_serve -> service_booking.stream_BOOKING_QUEUE 'publishes'", "container_command_line -> service_booking.stream_BOOKING ", "\n  system_payments -> system_payments"} {
		if strings.Contains(text, line) {
			t.Errorf("%s, which is not so", line)
		}
	}
	if lie := strings.Replace(text, "system_payments = ", "system_bank = ", 1); !slices.Contains(undeclared(lie), "system_payments") {
		t.Error("an element that does not exist is not found")
	}
}
