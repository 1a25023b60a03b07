package desk_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/exercise/desk"
)

// throughWeb does one command, such as "enroll ada", by the first entry point.
func throughWeb(d *desk.Desk, command string) {
	verb, learner, _ := strings.Cut(command, " ")
	method := map[string]string{"enroll": http.MethodPost, "withdraw": http.MethodDelete}[verb]
	desk.Web(d).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/enrollments/"+learner, nil))
}

// throughLines does some commands by the second one, in one file.
func throughLines(d *desk.Desk, commands ...string) {
	_ = desk.Lines(d, strings.NewReader(strings.Join(commands, "\n"))) // refusals are results, too
}

func TestWeb(t *testing.T) {
	t.Parallel()
	d := desk.New(1)
	for _, command := range []string{"enroll ada", "enroll bob", "withdraw ada"} {
		throughWeb(d, command)
	}
	if got := d.Status("bob"); got != domain.Enrolled {
		t.Errorf("ada left, but bob is %s", got)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	d := desk.New(1)
	throughLines(d, "enroll ada", "enroll bob", "withdraw bob")
	if got := d.Status("ada"); got != domain.Enrolled {
		t.Errorf("ada enrolled, but is %s", got)
	}
}
