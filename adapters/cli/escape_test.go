package cli_test

import (
	"strings"
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/domain"
	"example.com/roster/ports/portsmock"
)

// hostile has what acts on a terminal: an escape sequence, in 7 and in 8 bits, line ends, text from right to left, broken UTF-8.
const hostile = "a\x1b[2Jb\u009b1A\r\nok\u202egnp\x7f\xff"

// Text from outside is printed on one line, and nothing in it acts on the terminal, neither in text nor in JSON.
func TestTextFromOutsideIsEscaped(t *testing.T) {
	t.Parallel()
	course := golang
	course.Title = hostile
	for words, want := range map[string]string{
		"course show go-101":        `go-101  a\u001b[2Jb\u009b1A\u000d\u000aok\u202egnp\u007f` + "\uFFFD\n  open, with a waitlist\n",
		"course show go-101 --json": `"title":"a\u001b[2Jb\u009b1A\r\nok\u202egnp\u007f`,
	} {
		service := portsmock.NewMockService(gomock.NewController(t))
		service.EXPECT().Course(gomock.Any(), by, domain.CourseID("go-101")).Return(course, nil)
		if got := run(t, service, strings.Fields(words)...); !strings.Contains(got.out, want) {
			t.Errorf("%s printed %q, want %q", words, got.out, want)
		}
	}
	service := portsmock.NewMockService(gomock.NewController(t))
	service.EXPECT().Course(gomock.Any(), by, domain.CourseID(hostile)).Return(domain.Course{}, domain.ErrCourseNotFound)
	got := run(t, service, "course", "show", hostile)
	if !strings.Contains(got.err, `there is no course a\u001b[2Jb\u009b1A`) || strings.Count(got.err, "\n") != 1 {
		t.Errorf("the error is %q, want one line", got.err)
	}
}
