package importer

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A bar shows how far a run is.
type bar struct{ drawn *progressbar.ProgressBar }

// newBar draws on a terminal, or nowhere where there is none.
func newBar(terminal io.Writer, size int64) bar {
	if terminal == nil {
		terminal = io.Discard
	}
	if size <= 0 {
		size = -1 // unknown
	}
	return bar{progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(terminal),
		progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // else it starts a goroutine
		progressbar.OptionClearOnFinish(),
	)}
}

// A bar that can't be drawn is no reason to stop.
func (b bar) at(bytes int64) { _ = b.drawn.Set64(bytes) }
func (b bar) finish()        { _ = b.drawn.Finish() }
