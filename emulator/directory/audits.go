package directory

import (
	"slices"
	"time"
)

// AuditRetention is how long the tenant keeps audits and sign-ins at most
// (https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention).
const AuditRetention = 30 * 24 * time.Hour

// maxAudits bounds how many audits are kept: a long test makes many.
const maxAudits = 20_000

// Audit records what this turn does. o is a directoryAudit.
func (tx *Tx) Audit(o *Object) {
	tx.ops = append(tx.ops, op{Do: "audit", Object: o})
}

// audit appends an audit, and forgets the oldest ones from time to time.
func (st *state) audit(o *Object, now time.Time) {
	st.audits = append(st.audits, o)
	if len(st.audits) < 2*maxAudits {
		return
	}
	st.audits = slices.Clone(st.audits[maxAudits:])
}

// Audits returns the audits from since on, the last recorded first.
func (s *Store) Audits(since time.Time) []*Object {
	s.mu.RLock()
	all := s.state.audits
	s.mu.RUnlock()
	found := slices.Clone(all)
	slices.Reverse(found)
	return slices.DeleteFunc(found, func(o *Object) bool { return o.Time("activityDateTime").Before(since) })
}

// Step is one thing that a writer's turn does, for those who record it.
type Step struct {
	Do            string   // put, delete, restore, purge, link, unlink, own or disown
	Before, After *Object  // of put, delete, restore, purge, own and disown; nil where there is none
	Relation      Relation // of link and unlink
	From, To      *Object  // of link and unlink, From being what To is related to
	Owner         *Object  // of own and disown
}

// Steps returns what the turn does so far, without what the tenant does by itself.
func (tx *Tx) Steps() []Step {
	st := tx.store.state
	steps := make([]Step, 0, len(tx.ops))
	for _, o := range tx.ops[tx.swept:] {
		step := Step{Do: o.Do}
		switch o.Do {
		case opSoftDelete:
			step.Do = "delete"
			fallthrough
		case "put", "restore":
			step.Before, step.After = st.object(o.Object.ID), o.Object
		case "purge":
			step.Before = st.object(o.ID)
		case "link", "unlink":
			step.Relation, step.From, step.To = o.Link, tx.made(o.ID), tx.made(o.To)
		case "own":
			step.Owner, step.After, step.Before = tx.made(o.ID), o.Object, tx.Owned(o.ID, o.Object.Type.Name, o.Object.ID)
		case "disown":
			step.Owner, step.Before = tx.made(o.ID), tx.Owned(o.ID, o.Type, o.To)
		default:
			continue
		}
		steps = append(steps, step)
	}
	return steps
}

// object returns a live or deleted object.
func (st *state) object(id string) *Object {
	if o := st.live[id]; o != nil {
		return o
	}
	return st.deleted[id]
}

// made returns an object that is there, or that this turn makes.
func (tx *Tx) made(id string) *Object {
	for _, o := range tx.ops {
		if o.Object != nil && o.Do == "put" && o.Object.ID == id {
			return o.Object
		}
	}
	return tx.store.state.object(id)
}
