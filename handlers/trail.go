package handlers

import (
	"cmp"
	"context"
	"errors"

	"msgraph-user/internal/audit"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/secret"
	"msgraph-user/internal/xsoar"
)

// guarded runs a command that reads at once, and one that changes something
// behind the guard rails and with its lines in the audit trail.
func (s *Service) guarded(ctx context.Context, cmd command, c *call, asked engine.Call) ([]xsoar.Entry, error) {
	if cmd.changes == nil || !cmd.changes(c.args) {
		return cmd.execute(ctx, c)
	}
	refused := c.checkGuards(ctx)
	if s.options.Trail == nil {
		if refused != nil {
			return nil, refused
		}
		return cmd.execute(ctx, c)
	}
	line := audit.Line{
		Instance: asked.Instance,
		Incident: asked.Incident,
		Command:  c.command,
		Target:   c.args.Text(cmp.Or(cmd.target, cmd.makes)),
		Asked:    c.redacted(),
	}
	if refused != nil {
		if err := s.options.Trail.Refuse(line, c.scrubbed(refused)); err != nil {
			s.options.Log.Error("a refused change is not in the audit trail", "command", c.command, "error", err.Error())
		}
		return nil, refused
	}
	return s.audited(ctx, cmd, c, line)
}

// audited runs a command between its two lines in the audit trail.
func (s *Service) audited(ctx context.Context, cmd command, c *call, line audit.Line) ([]xsoar.Entry, error) {
	end, err := s.options.Trail.Begin(line)
	if err != nil {
		return nil, unaudited(err)
	}
	c.requestID = "" // that of the look at the user's names, which is no change
	entries, err := cmd.execute(ctx, c)
	outcome := audit.Done
	if err != nil {
		outcome = audit.Failed
	}
	if err := end(outcome, c.requestID, c.scrubbed(err)); err != nil {
		s.options.Log.Error("the audit trail keeps an open entry", "command", c.command, "error", err.Error())
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
func (c *call) scrubbed(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(c.instance.scrubber.Scrub(err.Error()))
}

// secrets returns the values of the call's arguments that no output may hold, the
// passwords in arguments that hold properties of a user among them.
func (c *call) secrets() []secret.Text {
	secrets := c.args.Secrets()
	for _, text := range c.args.Redacted() {
		secrets = append(secrets, secret.PasswordsIn(text)...)
	}
	return secrets
}

// redacted returns the arguments as the trail may hold them.
func (c *call) redacted() map[string]string {
	shown := c.args.Redacted()
	for name, text := range shown {
		shown[name] = c.instance.scrubber.Scrub(text)
	}
	return shown
}
