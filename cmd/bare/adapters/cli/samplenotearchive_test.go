package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
	"example.com/roster/cmd/bare/ports/portsmock"
)

func TestArchiveSampleNoteOnTheCommandLine(t *testing.T) {
	t.Parallel()
	for args, c := range map[string]struct {
		// keys: key string
		err  error
		exit int
	}{
		"x-1":        {},
		"x-1 --json": {err: fmt.Errorf("%w: sample note x-1", ports.ErrNotFound), exit: 3},
		// keys: "x-1 --key k": {key: "k"},
	} {
		service := portsmock.NewMockService(gomock.NewController(t))
		command := ports.ArchiveSampleNote{By: by, ID: "x-1"}
		// keys: command.Key = c.key
		reply := ports.SampleNoteReply{SampleNote: domain.SampleNote{ID: "x-1", Version: 3}}
		service.EXPECT().ArchiveSampleNote(gomock.Any(), command).Return(reply, c.err)
		got := run(t, service, append([]string{"sample-note", "archive"}, strings.Fields(args)...)...)
		if got.exit != c.exit || !strings.Contains(got.out, "x-1") {
			t.Errorf("%s: got %+v", args, got)
		}
	}
}
