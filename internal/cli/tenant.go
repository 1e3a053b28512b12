package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"msgraph-user/emulator"
	"msgraph-user/emulator/attack"
	"msgraph-user/emulator/directory"
	"msgraph-user/emulator/faults"
	"msgraph-user/internal/bounded"
	"msgraph-user/internal/engine"
)

// tenantFlags say what goes wrong in the practice tenant. They serve --emulator
// and the subcommand emulator alike.
type tenantFlags struct {
	faults      string
	faultScript string
	throttling  bool
	lag         time.Duration
	license     string
}

func (f *tenantFlags) register(set *pflag.FlagSet) {
	set.StringVar(&f.faults, "faults", "", "faults to practise with: `SPEC` is key=value,… of throttle, retry-after, unavailable, reset, truncate, lost, latency, token-lifetime, seed")
	set.BoolVar(&f.throttling, "throttling", false, "practise with the limits that Microsoft documents: resource units and writes")
	durationVar(set, &f.lag, "lag", 0, 0, "practise with replication: for up to `D` an application may read the state before a change")
	set.StringVar(&f.license, "license", "", "practise in a tenant with this `LICENCE` of Microsoft Entra ID: free, P1 or P2")
	set.StringVar(&f.faultScript, "fault-script", "", "exact faults to practise with, for single requests, from a JSON or YAML `FILE`")
}

// options reads what the flags name.
func (f *tenantFlags) options(ctx context.Context) (emulator.Options, error) {
	if f.license != "" {
		if _, err := directory.ParseLicense(f.license); err != nil {
			return emulator.Options{}, usagef("--license: %w", err)
		}
	}
	spec, err := faults.Parse(f.faults)
	if err != nil {
		return emulator.Options{}, usagef("--faults: %w", err)
	}
	options := emulator.Options{Faults: spec, Throttling: f.throttling, Lag: f.lag, License: f.license}
	if f.faultScript != "" {
		text, err := bounded.ReadFile(ctx, f.faultScript, bounded.Settings)
		if err != nil {
			return emulator.Options{}, fmt.Errorf("read the fault script: %w", err)
		}
		if options.FaultScript, err = faults.ParseScript(text); err != nil {
			return emulator.Options{}, fmt.Errorf("the fault script %s: %w", f.faultScript, err)
		}
	}
	return options, nil
}

// beginTenant makes the practice tenant that --emulator asks for, while the caller
// reads the definition: together they are most of what a first answer waits for.
// The returned function waits for it; the tenant is nil where none is asked for.
func (p *program) beginTenant(ctx context.Context) (await func() (*emulator.Tenant, error)) {
	type made struct {
		tenant *emulator.Tenant
		err    error
	}
	done := make(chan made, 1)
	go func() {
		tenant, err := p.makeTenant(ctx)
		done <- made{tenant, err}
	}()
	return func() (*emulator.Tenant, error) {
		m := <-done
		return m.tenant, m.err
	}
}

// practises reports whether the practice tenant is asked for, and not switched off
// again with --emulator=false.
func (p *program) practises() bool { return p.flags.emulator != "" && p.flags.emulator != "false" }

func (p *program) makeTenant(ctx context.Context) (*emulator.Tenant, error) {
	if !p.practises() {
		if p.flags.tenant != (tenantFlags{}) && p.flags.emulator == "" {
			return nil, usagef("--faults, --fault-script, --throttling, --lag and --license go with --emulator")
		}
		return nil, nil
	}
	options, err := p.flags.tenant.options(ctx)
	if err != nil {
		return nil, err
	}
	options.InProcess = true
	if p.flags.emulator != builtInTenant && p.flags.emulator != "true" {
		if err := readTenant(ctx, p.flags.emulator, &options); err != nil {
			return nil, err
		}
	}
	return emulator.New(options)
}

// readTenant reads what names a practice tenant: a seed file, or an attack.
func readTenant(ctx context.Context, name string, options *emulator.Options) (err error) {
	if attacked, ok := strings.CutPrefix(name, attack.Prefix); ok {
		if _, err := attack.Find(attacked); err != nil {
			return usageError{err}
		}
		options.Attack = attacked
		return nil
	}
	if options.Seed, err = bounded.ReadFile(ctx, name, bounded.Data); err != nil {
		return fmt.Errorf("read the practice tenant: %w", err)
	}
	return nil
}

// useTenant puts a practice tenant in the place of the network, with a ready
// configuration that --params replaces.
func (e *running) useTenant(tenant *emulator.Tenant, options *engine.Options) {
	if tenant == nil {
		return
	}
	e.tenant = tenant
	e.closers = append(e.closers, tenant.Close)
	options.InProcess = tenant.Transport()
	options.Params = emulator.Parameters("")
}
