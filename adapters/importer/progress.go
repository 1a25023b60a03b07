package importer

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress is a progress bar.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress draws on terminal, unless that is nil.
func newProgress(terminal io.Writer, size int64) progress {
	if terminal == nil {
		terminal = io.Discard
	}
	if size <= 0 {
		size = -1 // unknown
	}
	return progress{progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(terminal),
		progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // otherwise it starts a goroutine
		progressbar.OptionClearOnFinish(),
	)}
}

// Errors are ignored: a run does not depend on its progress bar.
func (p progress) set(bytes int64) { _ = p.bar.Set64(bytes) }
func (p progress) finish()         { _ = p.bar.Finish() }
