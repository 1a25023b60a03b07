package app

import (
	"io"
	"log/slog"
)

// logging is where and how the program tells what it does; results go to stdout and never here.
type logging struct {
	Level  string `name:"log-level" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	Format string `name:"log-format" default:"text" enum:"text,json" help:"text or json."`
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
