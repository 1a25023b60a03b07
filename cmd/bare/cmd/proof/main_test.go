package proof_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		println("goroutines still run:", err.Error())
		code = 1
	}
	os.Exit(code)
}
