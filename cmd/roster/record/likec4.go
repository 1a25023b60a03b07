package record

import "io"

func LikeC4(w io.Writer, r Record) error { return nil }
