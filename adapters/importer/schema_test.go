package importer

import (
	"testing"

	"example.com/roster/domain"
)

func TestEveryRefusalHasADetail(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.Kinds() {
		// An invalid argument makes an invalid row, before there is a command.
		if enrollments.refusals[kind] == "" && kind != domain.ErrInvalidArgument {
			t.Errorf("%s has no detail", kind)
		}
	}
}

// A column may have a name of several words, as in a copy of this service with other words.
func TestColumnsOfSeveralWordsDecide(t *testing.T) {
	t.Parallel()
	sc := schema{columns: []string{"hospital_bed_id", "waiting_room"}, required: 1}
	for name, want := range map[string]string{
		"has_waiting_room": "waiting_room", "waitingRoomEnabled": "waiting_room", "Waiting Room": "waiting_room", "hospitalBed": "hospital_bed_id",
		"room": "", "waiting": "", "hospital": "",
	} {
		if got := sc.meaning(name); got != want {
			t.Errorf("%s looks like %q, want %q", name, got, want)
		}
	}
}
