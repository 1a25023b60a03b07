package observe_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"example.com/roster/adapters/observe"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	callers      = "00-" + callersTrace + "-b7ad6b7169203331-01"
	unsampled    = "00-" + callersTrace + "-b7ad6b7169203331-00"
)

// other returns the traceparent of a span n in a trace n.
func other(n int) string { return fmt.Sprintf("00-%032x-%016x-01", n, n) }

func traceparent(s trace.SpanContext) string {
	return fmt.Sprintf("00-%s-%s-%s", s.TraceID(), s.SpanID(), s.TraceFlags())
}

// request returns the context of a request with these traceparents.
func request(t *observe.Telemetry, traceparents ...string) context.Context {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header["Traceparent"] = traceparents
	return t.Begin(r)
}

// recorder is a service that keeps the commands that it gets, and a queue.
type recorder struct {
	ports.Service
	ports.Queue
	got []ports.Command
}

func (r *recorder) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	r.got = commands
	return make([]ports.Reply, len(commands))
}

func (r *recorder) Send(_ context.Context, commands []ports.Command) (int, error) {
	r.got = commands
	return len(commands), nil
}

func named(all tracetest.SpanStubs, name string) (found tracetest.SpanStubs) {
	for _, s := range all {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// links returns the traceparents of a span's links.
func links(s tracetest.SpanStub) (found []string) {
	for _, l := range s.Links {
		found = append(found, traceparent(l.SpanContext))
	}
	return found
}

// The span of a Submit becomes the Trace of its commands, unless they are part of another trace. The caller's commands are not changed.
func TestEventsContinueTheSpanOfTheirCommand(t *testing.T) {
	t.Parallel()
	s, next := newFixture(t), new(recorder)
	commands := []ports.Command{{Trace: callers}, {}, {Trace: other(1)}, {Trace: "invalid"}}
	s.Service(next).Submit(request(s.Telemetry, callers), commands...)
	if commands[0].Trace != callers || commands[1].Trace != "" {
		t.Errorf("the caller's commands became %v", commands)
	}
	submitted := next.got
	if _, err := s.Queue(next).Send(request(s.Telemetry, callers), commands); err != nil {
		t.Fatal(err)
	}
	spans := s.end()
	for name, got := range map[string][]ports.Command{"service.submit": submitted, "bus.send": next.got} {
		span := named(spans, name)[0].SpanContext
		own := traceparent(span)
		if want := []ports.Command{{Trace: own}, {Trace: own}, {Trace: other(1)}, {Trace: own}}; fmt.Sprint(got) != fmt.Sprint(want) ||
			span.TraceID().String() != callersTrace {
			t.Errorf("%s passes %v on, want %v", name, got, want)
		}
	}
}

// A trace that is not sent to a collector stays as the caller gave it.
func TestTracesThatAreNotSentStayAsTheyAre(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:0")
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "", "OTEL_SDK_DISABLED": "True", "OTEL_TRACES_EXPORTER": "none",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			off, err := observe.New(t.Context())
			if err != nil || observe.Enabled() {
				t.Fatal("traces are enabled", err)
			}
			s := newFixture(t)
			defer s.end()
			for _, c := range []struct {
				t     *observe.Telemetry
				given []string
			}{{off, []string{callers}}, {off, nil}, {s.Telemetry, []string{unsampled}}} {
				ctx, want, next := request(c.t, c.given...), ports.Command{}, new(recorder)
				if c.given != nil {
					want.Trace = c.given[0]
				}
				c.t.Service(next).Submit(ctx, want)
				if next.got[0].Trace != want.Trace {
					t.Errorf("%q became %q", want.Trace, next.got[0].Trace)
				}
				_, _ = c.t.Queue(next).Send(ctx, []ports.Command{want})
				if next.got[0].Trace != want.Trace {
					t.Errorf("%q was sent as %q", want.Trace, next.got[0].Trace)
				}
			}
			given := []ports.QueuedCommand{{Command: ports.Command{Trace: callers}}, {}}
			_, _ = off.QueueHandler(func(_ context.Context, got []ports.QueuedCommand) ([]ports.Reply, error) {
				if got[0].Command.Trace != callers || got[1].Command.Trace != "" {
					t.Errorf("%v became %v", given, got)
				}
				return nil, nil
			})(t.Context(), given)
		})
	}
}

func TestEndpointOfTracesAlone(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4318/v1/traces")
	if !observe.Enabled() {
		t.Error("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT enables no traces")
	}
}

// With several traceparents a request is in none of their traces, as the HTTP API reads it.
func TestSeveralTraceparents(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	defer s.end()
	if span := trace.SpanContextFromContext(request(s.Telemetry, callers, other(1))); span.TraceID().String() == callersTrace {
		t.Errorf("the span is %v, want a new trace", span)
	}
}

// decide runs a decision whose entries have these traces, and returns when it did.
func decide(ctx context.Context, s ports.Store, traces ...string) (at time.Time) {
	_ = s.Update(ctx, ports.Need{}, func(ports.Loaded) (changes ports.Changes, _ error) {
		at = time.Now()
		for _, text := range traces {
			changes.Journal = append(changes.Journal, ports.Entry{Trace: text})
		}
		return changes, nil
	})
	return at
}

// A batch has a link to each of its commands, once, but not to its parent.
func TestABatchIsJoinedToItsCommands(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	first := request(s.Telemetry)
	parent := traceparent(trace.SpanContextFromContext(first))
	decide(first, s.Store(fake{}), parent, other(1), parent, "", unsampled, other(2), other(1))
	span := named(s.end(), "store.update")[0]
	if traceparent(span.Parent) != parent || !slices.Equal(links(span), []string{other(1), other(2)}) {
		t.Errorf("the batch is a child of %v with links to %v", span.Parent, links(span))
	}
}

// If the first command of a batch is not sampled, the batch is a child of the first one that is.
func TestABatchOfWhichSomeAreSampled(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	decide(request(s.Telemetry, unsampled), s.Store(fake{}), unsampled)
	at := decide(request(s.Telemetry, unsampled), s.Store(fake{}), unsampled, other(1), other(2))
	all := s.end()
	if len(all) != 1 || all[0].Name != "store.update" || traceparent(all[0].Parent) != other(1) || !slices.Equal(links(all[0]), []string{other(2)}) ||
		len(all[0].Attributes) != 2 || all[0].StartTime.After(at) {
		t.Errorf("the spans are %+v", all)
	}
}

// A publication is a child of the first event's command, with links to the other commands.
func TestAPublicationIsJoinedToItsEvents(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	var messages []ports.Message
	for _, text := range []string{"", unsampled, other(1), other(2), other(1), other(3)} {
		messages = append(messages, ports.Message{Entry: ports.Entry{Trace: text}})
	}
	_, _ = s.Publisher(partialPublisher{}).Publish(t.Context(), messages)
	span := named(s.end(), "bus.publish")[0]
	if traceparent(span.Parent) != other(1) || !slices.Equal(links(span), []string{other(2), other(3)}) {
		t.Errorf("the publication is a child of %v with links to %v", span.Parent, links(span))
	}
}

// A queued command has a span below its sender's, or begins a trace; the call that handles them is joined to all, and their Traces stay.
func TestQueuedCommandsHaveSpans(t *testing.T) {
	t.Parallel()
	s, core := newFixture(t), new(recorder)
	service := s.Service(core)
	given := []ports.QueuedCommand{{}, {}, {}}
	given[0].Command.Trace, given[2].Command.Trace = callers, unsampled
	_, err := s.QueueHandler(func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		var commands []ports.Command
		for _, q := range queued {
			commands = append(commands, q.Command)
		}
		service.Submit(ctx, commands...)
		return []ports.Reply{{}, {Err: domain.ErrInvalidArgument}, {}}, nil
	})(t.Context(), given)
	if err != nil || given[0].Command.Trace != callers {
		t.Errorf("%v, the queue's commands became %v", err, given)
	}
	all := s.end()
	commands, handle := named(all, "bus.command"), named(all, "bus.handle")[0]
	if len(commands) != 2 || traceparent(commands[0].Parent) != callers || commands[1].Parent.IsValid() || len(commands[1].Attributes) != 1 {
		t.Fatalf("the commands' spans are %+v", commands)
	}
	first, second := traceparent(commands[0].SpanContext), traceparent(commands[1].SpanContext)
	if traceparent(handle.Parent) != first || !slices.Equal(links(handle), []string{second}) {
		t.Errorf("the call is %+v", handle)
	}
	if got := []string{core.got[0].Trace, core.got[1].Trace, core.got[2].Trace}; !slices.Equal(got, []string{first, second, unsampled}) {
		t.Errorf("the traces of the commands are %v, want their own spans", got)
	}
}

// The span of a command of the command line continues the trace in TRACEPARENT.
func TestTheCommandLineContinuesATrace(t *testing.T) {
	t.Setenv("TRACEPARENT", callers)
	s := newFixture(t)
	for code := range 5 {
		ctx, end := s.Command(t.Context(), "roster enroll")
		if !trace.SpanContextFromContext(ctx).IsSampled() {
			t.Error("the command's context has no span")
		}
		end(code)
	}
	for code, span := range s.end() {
		if traceparent(span.Parent) != callers || span.Attributes[0].Value.AsInt64() != int64(code) || (span.Status.Code != 0) != (code == 1 || code == 4) {
			t.Errorf("the span is %+v", span)
		}
	}
}

// What is not sampled costs no allocations, however much there is of it.
func TestUnsampledTracesAllocateNothing(t *testing.T) {
	s := newFixture(t)
	defer s.end()
	ctx, next := request(s.Telemetry, unsampled), new(recorder)
	queue, publisher := s.Queue(next), s.Publisher(partialPublisher{})
	allocations := func(n int) float64 {
		commands, messages := make([]ports.Command, n), make([]ports.Message, n)
		for i := range n {
			commands[i].Trace, messages[i].Trace = unsampled, fmt.Sprintf("00-%032x-%016x-00", i+1, i+1)
		}
		return testing.AllocsPerRun(100, func() {
			_, _ = queue.Send(ctx, commands)
			_, _ = publisher.Publish(ctx, messages)
		})
	}
	if one, many := allocations(1), allocations(1000); many != one {
		t.Errorf("%v allocations for 1000 of each, want %v as for one", many, one)
	}
}
