package app

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/domain"
)

// describers fill the record, each with what it knows, in the order in which readers expect it. What belongs to a part of the
// service is in a file of its own: describe_postgres.go leaves with the part postgres.
var describers = []func(context.Context, *record.Record) error{
	describeHTTP,
	describeCommandLine,
	describeOperations,
	describeStores,
	describePostgres,
	describePersonalColumns,
	describeNATS,
	describeProvider,
	describeNetwork,
	describeTelemetry,
	describePackages,
	describeModules,
}

// ownerFile is what the owner says about the service.
//
//go:embed owner.yaml
var ownerFile []byte

type describe struct{ Format, Impact, Owner string }

func (c *describe) Flags(f *pflag.FlagSet) {
	cli.OneOf(f, &c.Format, "format", "json", "Print the record as `FORMAT`: "+strings.Join(record.FormatNames(), ", ")+".", record.FormatNames()...)
	f.StringVar(&c.Impact, "impact", "", "Print what depends on `THING`: an endpoint, an operation, a table, a stream or a library; list prints all names.")
	f.StringVar(&c.Owner, "owner", "", "Read what the owner says from `FILE`; default: what was compiled into the program.")
}

// Run prints the record. No database and no broker has to run.
func (c describe) Run(p *program, _ []string) error {
	if c.Format != "json" && (p.JSON || c.Impact != "") {
		return cli.UsageError{Detail: "--format " + c.Format + " has no meaning with --json or --impact"}
	}
	owner, err := c.readOwner()
	if err != nil {
		return err
	}
	r, err := serviceRecord(p.ctx, owner)
	if err != nil {
		return err
	}
	if c.Impact != "" {
		found, err := record.Impact(r, c.Impact)
		if err != nil {
			return fmt.Errorf("%w: --impact: %w", domain.ErrInvalidArgument, err)
		}
		return p.session().Print(struct {
			Dependents []record.Dependent `json:"dependents"`
		}{found}, record.ImpactText(found)...)
	}
	text, err := record.Formats[c.Format](r)
	if err != nil {
		return err
	}
	return p.session().Print(r, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
}

// readOwner returns the record with what the owner says.
func (c describe) readOwner() (record.Record, error) {
	var in io.Reader = bytes.NewReader(ownerFile)
	name := "owner.yaml"
	if c.Owner != "" {
		file, err := os.Open(c.Owner)
		if err != nil {
			return record.Record{}, &domain.Violation{Field: "owner", Detail: "must be a file that can be read: " + err.Error()}
		}
		defer file.Close()
		in, name = file, c.Owner
	}
	r, err := record.ReadOwner(in)
	if err != nil {
		return r, fmt.Errorf("%w: %s: %w", domain.ErrInvalidArgument, name, errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")))
	}
	return r, nil
}

// serviceRecord returns the record of the service, from the program itself.
func serviceRecord(ctx context.Context, r record.Record) (record.Record, error) {
	r.Service.Version = Version
	for _, describe := range describers {
		if err := describe(ctx, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}
