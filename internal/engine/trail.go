package engine

import (
	"context"
	"errors"

	"msgraph-user/internal/audit"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/xsoar"
)

// runGuarded runs a command that reads at once, and one that changes something
// behind the guard rails and with its lines in the audit trail.
func (s *Service) runGuarded(ctx context.Context, inv *Invocation) ([]xsoar.Entry, error) {
	switch {
	case inv.command.Containment != nil:
		return s.contain(ctx, inv)
	case !changes(inv.command, inv.Args):
		return inv.command.execute(ctx, inv)
	}
	err := inv.checkGuards(ctx)
	if s.options.Trail == nil {
		if err != nil {
			return nil, err
		}
		return inv.command.execute(ctx, inv)
	}
	line := inv.auditLine()
	if err != nil {
		s.auditRefusal(inv, line, err)
		return nil, err
	}
	return s.audited(ctx, inv, line)
}

// auditLine is what the audit trail says of a command.
func (inv *Invocation) auditLine() audit.Line {
	return audit.Line{
		Origin:   audit.Origin{Instance: inv.call.Instance},
		Incident: inv.call.Incident,
		Command:  inv.Command,
		Target:   inv.subject(),
		TargetID: inv.address,
		Asked:    inv.redacted(),
	}
}

// auditRefusal writes down that a guard rail stopped a command.
func (s *Service) auditRefusal(inv *Invocation, line audit.Line, reason error) {
	if err := s.options.Trail.Refuse(line, inv.scrubbed(reason)); err != nil {
		s.options.Log.Error("a refused change could not be written to the audit trail", "command", inv.Command, "error", err.Error())
	}
}

// audited runs a command between its two lines in the audit trail.
func (s *Service) audited(ctx context.Context, inv *Invocation, line audit.Line) ([]xsoar.Entry, error) {
	end, err := s.options.Trail.Begin(line)
	if err != nil {
		return nil, unaudited(err)
	}
	inv.requestID = "" // that of the look at the user's names, which is no change
	entries, err := inv.command.execute(ctx, inv)
	outcome := audit.Done
	if err != nil {
		outcome = audit.Failed
	}
	if err := end(outcome, inv.requestID, inv.scrubbed(err)); err != nil {
		s.options.Log.Error("the audit trail has an entry without an end", "command", inv.Command, "error", err.Error())
	}
	return entries, err
}

// unaudited refuses a change that cannot be written down.
func unaudited(err error) error {
	return &failure.Error{
		Kind:    failure.Internal,
		Message: "Nothing was changed, because the audit trail cannot be written: " + err.Error() + ".",
		Advice:  "Make room for the file, or start the program without --audit.",
		Cause:   err,
	}
}

// scrubbed is err as the trail may hold it.
func (inv *Invocation) scrubbed(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(inv.instance.scrubber.Scrub(err.Error()))
}

// secrets returns the values of the call's arguments that no output may hold, the
// passwords in arguments that hold properties of a user among them.
func (inv *Invocation) secrets() []secret.Text {
	secrets := secretsIn(inv.Args)
	for _, row := range inv.rows {
		secrets = append(secrets, secretsIn(row.args)...)
	}
	return secrets
}

func secretsIn(args definition.Arguments) []secret.Text {
	secrets := args.Secrets()
	for _, text := range args.Redacted() {
		secrets = append(secrets, secret.PasswordsIn(text, args.Text("updated_fields_delimiter"))...)
	}
	return secrets
}

// redacted returns the arguments as the trail may hold them.
func (inv *Invocation) redacted() map[string]string {
	shown := inv.Args.Redacted()
	for name, text := range shown {
		shown[name] = inv.instance.scrubber.Scrub(text)
	}
	return shown
}
