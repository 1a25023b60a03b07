package app

import (
	"context"

	"example.com/roster/adapters/observe"
	"example.com/roster/cmd/roster/record"
)

// describeTelemetry fills in the metrics of the admin address, and the collector of traces.
func describeTelemetry(_ context.Context, r *record.Record) error {
	for _, m := range observe.Metrics() {
		r.Metrics = append(r.Metrics, record.Metric{
			Name: m.Name, Type: m.Type, Help: m.Help, Labels: append([]string{}, m.Labels...), Source: "adapters/observe",
		})
	}
	r.Uses = append(r.Uses, record.Use{
		Name: "trace-collector", Kind: "collector", Title: "the collector of traces, if its address is set", Protocol: "OTLP over HTTP, as protobuf",
		External: true, Flag: observe.Endpoint, By: []string{"serve", "worker", "command-line"}, IfDown: "traces are lost", Source: "adapters/observe/telemetry.go",
	})
	return nil
}
