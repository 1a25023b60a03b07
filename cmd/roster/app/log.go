package app

import (
	"io"
	"log/slog"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
)

// logging is where and how the program tells what it does; results go to stdout and never here.
type logging struct {
	Level  string
	Format string
}

func (l *logging) Flags(f *pflag.FlagSet) {
	cli.OneOf(f, &l.Level, "log-level", "info", "Log messages of this `LEVEL` and above: debug, info, warn or error.", "debug", "info", "warn", "error")
	cli.OneOf(f, &l.Format, "log-format", "text", "Log as `text|json`.", "text", "json")
}

func (l logging) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // the grammar has let nothing else through
	options := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
