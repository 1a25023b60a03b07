package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/learn/impact"
)

// costs makes the command that measures what changes cost.
func costs(open opener) *cobra.Command {
	var m impact.Measurement
	c := &cobra.Command{
		Use: "impact [N ...]", Short: "Measure what changes cost in a naive service and in this one.",
		Long: "Measure what changes cost in a naive service and in this one, and what notices mistakes in them.\n\n" +
			"Each N is the number of a change. Without one, all are measured: ten minutes on two cores.",
	}
	c.Flags().BoolVar(&m.JSON, "json", false, "Print an array of JSON objects.")
	c.Flags().BoolVar(&m.Write, "write", false, "Write the results into docs/change-impact.md and its plot in this checkout.")
	c.RunE = func(c *cobra.Command, args []string) error {
		w, err := open()
		if err != nil {
			return err
		}
		for _, arg := range args {
			n, err := strconv.Atoi(arg)
			if err != nil {
				return usageError{fmt.Errorf("N must be the number of a change, got %q", arg)}
			}
			m.Only = append(m.Only, n)
		}
		m.Root, m.Out, m.Log = w.Checkout, c.OutOrStdout(), c.ErrOrStderr()
		return m.Run(c.Context())
	}
	return c
}
