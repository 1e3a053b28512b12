package emulator

import (
	"time"

	"msgraph-user/emulator/attack"
	"msgraph-user/emulator/directory"
)

// drill is a tenant's attack and what the tenant was when somebody began to contain it.
type drill struct {
	attack *attack.Attack // nil where the tenant suffered none
	before directory.Snapshot
	since  time.Time
}

func (d *drill) begin(store *directory.Store, at time.Time) {
	if d.attack != nil {
		d.before, d.since = store.Snapshot(), at
	}
}

// Score tells what of the attack is contained by now, what is missed, and which
// harmless things are hit, from the tenant's state, its audits and its request log. A
// tenant that suffered no attack has an empty score.
func (t *Tenant) Score() attack.Score {
	if t.drill.attack == nil {
		return attack.Score{}
	}
	return t.drill.attack.Score(attack.Record{
		Before: t.drill.before.Export(), After: t.store.Export(),
		Since: t.drill.since, Now: t.clock.Now(), Requests: t.Requests(),
	})
}
