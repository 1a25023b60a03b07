package proof_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"example.com/roster/adapters/postgres/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		runAsProgram()
	}
	if node := os.Getenv(asNode); node != "" {
		runAsNode(node)
	}
	code := pgtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		println("left behind:", err.Error())
		code = 1
	}
	os.Exit(code)
}
