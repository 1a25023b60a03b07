package importer

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// newProgress returns a progress bar that draws on terminal, unless that is nil. The errors of its methods are ignored: a run does
// not depend on its progress bar.
func newProgress(terminal io.Writer, size int64) *progressbar.ProgressBar {
	if terminal == nil {
		terminal = io.Discard
	}
	if size <= 0 {
		size = -1 // unknown
	}
	return progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(terminal),
		progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowBytes(size < 0),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // otherwise it starts a goroutine
		progressbar.OptionClearOnFinish(),
	)
}
