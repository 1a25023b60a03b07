package record_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/adapters/postgres/pgtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		println("goroutines still run:", err.Error())
		code = 1
	}
	os.Exit(code)
}
