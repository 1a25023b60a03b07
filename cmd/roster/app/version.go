package app

import "runtime/debug"

type version struct{}

// Run prints the version that the module was built as.
func (version) Run(p *program, _ []string) error {
	text := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		text = info.Main.Version
	}
	return p.session().Print(map[string]string{"version": text}, "roster "+text)
}
