package steady_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/source"
	"example.com/roster/cmd/proof/steady"
)

// No test of this repository depends on the speed of the machine without a reason.
func TestUsesOfTime(t *testing.T) {
	t.Parallel()
	tree, err := source.Read(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range steady.Check(tree) {
		t.Error(found)
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	const use, none = "depends on the machine's speed", "a reason without a use"
	for text, want := range map[string]string{
		// Uses that need a reason.
		"time.Sleep(time.Hour)": use,
		"time.Sleep(d)":         use,
		"select { case <-time.After(9 * time.Second): }":                    use,
		"select { case <-time.After(short): }":                              use,
		"time.NewTimer(time.Second)":                                        use,
		"time.AfterFunc(d, nil)":                                            use,
		"time.NewTicker(time.Minute)":                                       use,
		"time.Tick(time.Minute)":                                            use,
		"context.WithTimeout(ctx, 50 * time.Millisecond)":                   use,
		"context.WithTimeoutCause(ctx, time.Second, nil)":                   use,
		"context.WithDeadline(ctx, time.Now().Add(time.Second))":            use,
		"context.WithDeadline(ctx, at)":                                     use,
		"c.SetDeadline(time.Now().Add(time.Second))":                        use,
		"a.b().SetReadDeadline(time.Now().Add(d))":                          use,
		"c.SetWriteDeadline(at)":                                            use,
		"net.DialTimeout(n, a, time.Second)":                                use,
		"_ = http.Client{Timeout: time.Second}":                             use,
		"_ = http.Server{ReadHeaderTimeout: d}":                             use,
		"replies.NextMsg(time.Second)":                                      use,
		"if time.Since(begun) > 3*time.Second { }":                          use,
		"if took := time.Since(begun); took > d { }":                        use,
		"if a || d <= time.Since(begun) { }":                                use,
		"for end := time.Now().Add(d); ; { }":                               use,
		"go func() { time.Sleep(1) }()":                                     use,
		"time.Sleep(1)\n\n// steady: a reason that is too early\n\n_ = 1":   use,
		"// steady: a reason that is too early\n\ntime.Sleep(1)":            use,
		"time.Sleep(1); time.Sleep(2) //steady: a reason without its space": use,
		"synctest.Wait(); time.Sleep(1)":                                    use,
		"time.Sleep(1) // steady: \n_ = 1":                                  use,
		"// steady: nothing here":                                           none,
		"synctest.Test(t, func() { time.Sleep(1) }) // steady: a bubble":    none,
		"select { case <-time.After(long): } // steady: needs none":         none,
		"time.Sleep(1) // steady: a reason\ntime.Sleep(2)":                  use,
		"g(time.Sleep)": use,
		"time.Sleep(1) // steady: a reason\n// steady: a reason too many\n_ = 1": none,

		// Uses that need none, or have one.
		"time.Sleep(d) // steady: a reason":                                          "",
		"// steady: a reason\ntime.Sleep(d)":                                         "",
		"select { case <-time.After(d): // steady: a reason\n}":                      "",
		"synctest.Test(t, func() { f(func() { time.Sleep(1) }) })":                   "",
		"select { case <-time.After(10 * time.Second): }":                            "",
		"select { case <-time.After(2 * long): }":                                    "",
		"context.WithTimeout(ctx, local)\nconst local = (long - time.Minute) + long": "",
		"context.WithDeadline(ctx, time.Now().Add(2 * time.Minute))":                 "",
		"c.SetDeadline(time.Time{})":                                                 "",
		"_ = http.Client{Timeout: 2 * time.Minute}":                                  "",
		"if time.Since(begun) > 2*time.Minute { }":                                   "",
		"if took := time.Since(begun); took == d { }; if d > e { }":                  "",
		"for end := time.Now().Add(2 * time.Minute); ; { }":                          "",
		"f(time.Now().Add(-time.Second), at.Add(time.Second))":                       "",
		"log(time.Since(begun))":                                                     "",
	} {
		body := "package x\n\nconst (\n\tlong = 2 * time.Minute\n\tshort = long / 100\n)\n\nfunc f() {\n" + text + "\n}\n"
		for file, tested := range map[string]bool{
			"adapters/x/x_test.go": true, "ports/xtest/kit.go": true, "cmd/proof/x/run.go": true, "adapters/x/x.go": false,
		} {
			tree, err := source.Read(fstest.MapFS{"go.mod": {Data: []byte("module example.com/x\n")}, file: {Data: []byte(body)}})
			if err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			found := strings.Join(steady.Check(tree), "\n")
			if want := want; !tested && found != "" || tested && (want == "") != (found == "") || tested && !strings.Contains(found, want) {
				t.Errorf("in %s: %s\nis %q, want %q", file, text, found, want)
			}
		}
	}
}

func TestAnotherNameOfThePackage(t *testing.T) {
	t.Parallel()
	const text = "package x\n\nimport clock \"time\"\n\nfunc f() { clock.Sleep(1) }\n"
	tree, err := source.Read(fstest.MapFS{"go.mod": {Data: []byte("module example.com/x\n")}, "x_test.go": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if found := steady.Check(tree); len(found) != 1 || !strings.HasPrefix(found[0], "x_test.go:3: imports time under another name") {
		t.Errorf("found %q", found)
	}
}

// Variables of two functions are apart, though they have one name.
func TestMeasuredVariables(t *testing.T) {
	t.Parallel()
	const text = "package x\n\nfunc f() { took := time.Since(a); _ = took }\n\nfunc g(took int) { if took > 3 { } }\n"
	tree, err := source.Read(fstest.MapFS{"go.mod": {Data: []byte("module example.com/x\n")}, "x_test.go": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if found := steady.Check(tree); len(found) > 0 {
		t.Error(found)
	}
}
