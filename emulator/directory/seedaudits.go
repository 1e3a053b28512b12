package directory

import (
	"fmt"
	"slices"

	"msgraph-user/emulator/schema"
)

// addAudits makes the audits of a seed, the oldest first.
func (g *seedGenerator) addAudits(records []Record) error {
	for i, record := range records {
		audit, err := g.audit(record, i)
		if err != nil {
			return fmt.Errorf("number %d of the seed's directoryAudits: %w", i+1, err)
		}
		g.state.audits = append(g.state.audits, audit)
	}
	slices.SortStableFunc(g.state.audits, func(a, b *Object) int { return a.Time("activityDateTime").Compare(b.Time("activityDateTime")) })
	return nil
}

func (g *seedGenerator) audit(record Record, number int) (*Object, error) {
	plain := make(Record, 0, len(record))
	for _, m := range record {
		switch m.Name {
		case "by", "from", "to", "changed":
		default:
			plain = append(plain, m)
		}
	}
	o, err := g.ownedObject("directoryAudit", plain, fmt.Sprint(number))
	if err != nil {
		return nil, err
	}
	if err := g.auditParties(o, record); err != nil {
		return nil, err
	}
	for _, usual := range usualValues["directoryAudit"] {
		o.fill(usual.name, usual.raw)
	}
	o.fill("correlationId", Quote(StableID("correlation", o.ID)))
	return o, nil
}

// auditParties reads who made a change, from which address, to what, and what it is
// now: the members by, from, to and changed.
func (g *seedGenerator) auditParties(o *Object, record Record) error {
	if by := record.Text("by"); by != "" {
		initiator := g.state.find(by)
		if initiator == nil {
			return fmt.Errorf("it was made by %q, which the seed does not have", by)
		}
		appID := ""
		if initiator.Type.Name == "servicePrincipal" {
			appID = initiator.Text("appId")
		}
		o.fill("initiatedBy", rawOfPlain(AuditInitiator(initiator, appID, record.Text("from"))))
	}
	var targets []AuditTarget
	refs, _ := schema.Items(record.Raw("to"))
	for _, ref := range refs {
		target := g.state.find(Unquote(ref))
		if target == nil {
			return fmt.Errorf("it was made to %s, which the seed does not have", ref)
		}
		var changes []AuditChange
		if len(targets) == 0 {
			changes = g.auditChanges(record)
		}
		targets = append(targets, AuditTargetOf(target, changes...))
	}
	if len(targets) > 0 {
		o.fill("targetResources", rawOfPlain(targets))
	}
	return nil
}

func (g *seedGenerator) auditChanges(record Record) (changes []AuditChange) {
	members, _ := schema.Members(record.Raw("changed"))
	resolved, err := g.resolved(members)
	if err != nil {
		resolved = members // the name of what is not in the tenant
	}
	for _, m := range resolved {
		changes = append(changes, AuditChange{DisplayName: m.Name, NewValue: AuditValue(m.Raw)})
	}
	return changes
}
