package submit_test

import (
	"testing"

	"example.com/roster/cmd/bench/submit"
)

func BenchmarkNull(b *testing.B)     { submit.Null(b) }
func BenchmarkMemstore(b *testing.B) { submit.Memstore(b) }
