package directory

import (
	"strings"
	"time"

	"msgraph-user/emulator/schema"
)

// Tx is one writer's turn: what it reads is the state before its own changes,
// and its changes are made all together or not at all.
type Tx struct {
	store *Store
	at    time.Time
	ops   []op
	swept int // how many of them the tenant does by itself
}

// op is one step of a change, as it is applied and as it stands in a state file.
type op struct {
	Do     string   `json:"do"`
	ID     string   `json:"id,omitempty"`
	To     string   `json:"to,omitempty"`
	Type   string   `json:"type,omitempty"`
	Link   Relation `json:"link,omitempty"`
	Object *Object  `json:"object,omitempty"`
}

// opSoftDelete is the step that moves an object to the deleted items. State files
// have the word since the first version.
const opSoftDelete = "bury"

// whole reports whether o can be applied; one that was read from a file may not be.
func (o op) whole() bool {
	switch o.Do {
	case "put", opSoftDelete, "restore":
		return o.Object != nil && o.Object.Type != nil && o.Object.Type.Entity && o.Object.ID != ""
	case "own":
		return o.Object != nil && o.Object.Type != nil && o.ID != ""
	case "audit":
		return o.Object != nil && o.Object.Type != nil && o.Object.Type.Name == "directoryAudit"
	case "link", "unlink":
		return o.Link < relations
	}
	return o.Do == "purge" || o.Do == "disown"
}

// Update gives change a turn, in which it reads through tx only: the store itself
// is locked. Where change returns an error nothing is done and
// the error comes back; a *JournalError says that the state file failed.
func (s *Store) Update(change func(tx *Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := &Tx{store: s, at: s.now()}
	s.sweep(tx)
	tx.swept = len(tx.ops)
	if err := change(tx); err != nil {
		return err
	}
	if s.journal != nil && len(tx.ops) > 0 {
		if err := s.journal.append(journalEntry{At: tx.at, Ops: tx.ops}); err != nil {
			return &JournalError{err}
		}
	}
	s.note(tx.ops, tx.at)
	for _, o := range tx.ops {
		s.state.apply(o, tx.at)
	}
	s.ledger.wake()
	s.state.prune(tx.at)
	for _, r := range s.replicas {
		r.hear(tx.at, tx.ops)
	}
	return nil
}

// sweep drops what was deleted longer ago than Retention, and roles whose time ended.
func (s *Store) sweep(tx *Tx) {
	for id, o := range s.state.deleted {
		if s.expired(o) {
			tx.ops = append(tx.ops, op{Do: "purge", ID: id})
		}
	}
	s.sweepRoles(tx)
}

func (st *state) apply(o op, at time.Time) {
	switch o.Do {
	case "put":
		st.put(o.Object, at)
	case opSoftDelete:
		st.remove(o.Object.ID, at)
		st.deleted[o.Object.ID] = o.Object
	case "restore":
		delete(st.deleted, o.Object.ID)
		st.put(o.Object, at)
	case "purge":
		st.purge(o.ID, at)
	case "link":
		st.link(o.Link, o.ID, o.To)
		st.recordManager(o, at)
	case "unlink":
		st.unlink(o.Link, o.ID, o.To)
		st.recordManager(o, at)
	case "own":
		st.own(o.ID, o.Object)
	case "disown":
		st.disown(o.ID, o.Type, o.To)
	case "audit":
		st.audit(o.Object, at)
	}
}

// recordManager makes a change of manager a change of the user.
func (st *state) recordManager(o op, at time.Time) {
	if user := st.live[o.ID]; o.Link == Manager && user != nil {
		var fields Fields
		fields.Add(ManagerField)
		st.record(Change{ID: o.ID, Type: user.Type.Name, At: at, Fields: fields})
	}
}

// Now returns the time of this turn.
func (tx *Tx) Now() time.Time { return tx.at }

// User returns the user that ref names, nil where there is none.
func (tx *Tx) User(ref string) *Object { return tx.store.state.user(ref) }

// Role returns the directory role with that display name, nil where it is not in use.
func (tx *Tx) Role(displayName string) *Object {
	name := "role:" + strings.ToLower(displayName)
	return tx.store.state.live[tx.store.state.names[name]]
}

// Get returns the object with the identifier id, nil where there is none.
func (tx *Tx) Get(id string) *Object { return tx.store.state.live[strings.ToLower(id)] }

// Owned returns the object of a type that belongs to owner, nil where there is none.
func (tx *Tx) Owned(owner, typeName, id string) *Object {
	for _, o := range tx.store.state.owned[owner] {
		if o.Type.Name == typeName && strings.EqualFold(o.ID, id) {
			return o
		}
	}
	return nil
}

// AllOwned returns what of a type belongs to owner.
func (tx *Tx) AllOwned(owner, typeName string) []*Object {
	return tx.store.state.ownedBy(owner, typeName)
}

// Targets returns the live objects that from points to.
func (tx *Tx) Targets(r Relation, from string) []*Object {
	return tx.store.state.alive(tx.store.state.forward[r][from])
}

// Put stores o in place of the object with its identifier, or as a new one. A
// *ConflictError says which unique property another object has already.
func (tx *Tx) Put(o *Object) error {
	if err := tx.unique(o); err != nil {
		return err
	}
	tx.ops = append(tx.ops, op{Do: "put", Object: o})
	return nil
}

func (tx *Tx) unique(o *Object) error {
	for _, name := range uniqueNames(o) {
		if holder, taken := tx.store.state.names[name]; taken && holder != o.ID {
			return &ConflictError{Property: uniqueProperty[o.Type.Name]}
		}
	}
	return nil
}

var uniqueProperty = map[string]string{
	"user": "userPrincipalName", "servicePrincipal": "appId", "directoryRole": "displayName",
}

// Delete moves o to the deleted items, from where Restore brings it back within
// Retention. A user's principal name is set free meanwhile, as in Entra.
func (tx *Tx) Delete(o *Object) {
	pairs := []Pair{{o.Type.Must("deletedDateTime"), Quote(tx.at.Format(time.RFC3339))}}
	if o.Type.Name == "user" {
		pairs = append(pairs, Pair{upnOf(o), Quote(deletedPrefix(o) + o.Text("userPrincipalName"))})
	}
	tx.ops = append(tx.ops, op{Do: opSoftDelete, Object: o.With(pairs...)})
}

// Restore brings the deleted object with the identifier id back; a user under the
// principal name upn, unless that is empty.
func (tx *Tx) Restore(id, upn string) (*Object, error) {
	o := tx.store.state.deleted[strings.ToLower(id)]
	if o == nil || tx.store.expired(o) {
		return nil, &NotFoundError{id}
	}
	pairs := []Pair{{o.Type.Must("deletedDateTime"), ""}}
	if o.Type.Name == "user" {
		if upn == "" {
			upn = strings.TrimPrefix(o.Text("userPrincipalName"), deletedPrefix(o))
		}
		pairs = append(pairs, Pair{upnOf(o), Quote(upn)})
	}
	o = o.With(pairs...)
	if err := tx.unique(o); err != nil {
		return nil, err
	}
	tx.ops = append(tx.ops, op{Do: "restore", Object: o})
	return o, nil
}

// Purge forgets the deleted object with the identifier id for good.
func (tx *Tx) Purge(id string) error {
	o := tx.store.state.deleted[strings.ToLower(id)]
	if o == nil || tx.store.expired(o) {
		return &NotFoundError{id}
	}
	tx.ops = append(tx.ops, op{Do: "purge", ID: o.ID})
	return nil
}

func upnOf(o *Object) *schema.Property { return o.Type.Must("userPrincipalName") }

// deletedPrefix is what Entra puts before the principal name of a deleted user.
func deletedPrefix(o *Object) string { return strings.ReplaceAll(o.ID, "-", "") }

// Link points from to to.
func (tx *Tx) Link(r Relation, from, to string) {
	tx.ops = append(tx.ops, op{Do: "link", Link: r, ID: from, To: to})
}

// Unlink takes the link from from to to away.
func (tx *Tx) Unlink(r Relation, from, to string) {
	tx.ops = append(tx.ops, op{Do: "unlink", Link: r, ID: from, To: to})
}

// Own stores o as belonging to owner, in place of what has its type and identifier.
func (tx *Tx) Own(owner string, o *Object) {
	tx.ops = append(tx.ops, op{Do: "own", ID: owner, Object: o})
}

// Disown forgets the object of that type and identifier that belongs to owner.
func (tx *Tx) Disown(owner, typeName, id string) {
	tx.ops = append(tx.ops, op{Do: "disown", ID: owner, Type: typeName, To: id})
}
