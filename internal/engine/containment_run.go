package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/containment"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// containing is a run of a containment.
type containing struct {
	*many  // its targets, guard rails and lines in the audit trail
	asked  Asked
	users  []*containedUser
	shared *sharedReads

	store   containment.Store
	record  *containment.Writer
	earlier *containment.Record // of the attempts before; nil in the first
	hold    []func()            // release the secrets of the run

	pool   []*alteration // to be sent as one request, and not sent yet
	ahead  int           // users who have something for the pool, and have not come to it
	seal   string
	unkept error // why a line is not in the record
}

// containedUser is a user on the way through the stages.
type containedUser struct {
	Contained
	target  *target
	stages  []*stage
	at      int
	waiting int                 // changes of the stage that are under way
	moved   map[string]movement // the times that were read last
	unread  int                 // reads that prove changes and are under way
	planned bool                // its steps were planned; else it is refused, unknown or not reached
	proving bool                // these reads have begun
}

// movement is a time that a change moves, as it was read last.
type movement struct {
	was time.Time
	// read is when it was read after a change moved it; zero: before any did.
	read time.Time
}

// stage is one step for one user on its way.
type stage struct {
	Stage
	changes []*alteration
}

// alteration is one change on its way.
type alteration struct {
	Alteration
	owner    *containedUser
	step     string
	same     *alteration // that of another user who has the same thing; nil for most
	recorded bool
	number   int // in the record
	sent     time.Time
	undoable int // undo requests of a change of an earlier attempt

	status    Status // "" while it has not ended
	err       error
	requestID string
	http      int

	proven containment.Proven // "" while nothing was read
	reason string             // of another than Yes
	when   time.Time          // when what is unknown can be known
}

// contain runs a containment for the users that the call names.
func (s *Service) contain(ctx context.Context, inv *Invocation) ([]xsoar.Entry, error) {
	c := &containing{many: &many{service: s, inv: inv}, shared: &sharedReads{outcomes: map[string]Outcome{}}}
	defer c.releaseSecrets()
	inv.recorded = true
	entries, err := c.run(ctx)
	return entries, c.named(err)
}

func (c *containing) releaseSecrets() {
	for _, release := range c.hold {
		release()
	}
}

// named returns err with the id of the run, once there is one.
func (c *containing) named(err error) error {
	if err == nil || c.record == nil {
		return err
	}
	told := *failure.Of(err)
	told.RunID, told.Cause = c.record.RunID(), err
	return &told
}

func (c *containing) run(ctx context.Context) ([]xsoar.Entry, error) {
	if err := c.inv.checkReadOnly(); err != nil {
		return nil, c.refuse(err)
	}
	if err := c.ask(ctx); err != nil {
		return nil, err
	}
	if other := c.asked.Instead; other != nil {
		return c.service.runInstead(ctx, c.inv, *other)
	}
	if c.earlier != nil && c.earlier.Finished() {
		return nil, c.finished()
	}
	if err := c.awaitLanding(ctx); err != nil {
		return nil, c.cut(err)
	}
	if err := c.lookAtUsers(ctx); err != nil {
		return nil, c.refuse(err)
	}
	if c.earlier == nil && !c.inv.Args.Bool(dryRun) {
		if err := c.checkNumber(); err != nil {
			return nil, c.refuse(err)
		}
	}
	if err := c.plan(ctx); err != nil {
		return nil, err
	}
	if c.inv.Args.Bool(dryRun) {
		return c.showRequests(ctx)
	}
	return c.change(ctx)
}

// ask takes in what is asked for, and the record of a run that goes on.
func (c *containing) ask(ctx context.Context) (err error) {
	if c.asked, err = c.inv.command.Containment.Asks(ctx, c.inv); err != nil || c.asked.Instead != nil {
		return err
	}
	if err := c.findRecord(ctx); err != nil {
		return err
	}
	for _, user := range c.asked.Users {
		own := *c.inv
		own.Args = c.inv.Args.With(c.inv.command.Target, user)
		c.targets = append(c.targets, &target{inv: &own})
	}
	return nil
}

// lookAtUsers reads who the users are, and settles those that are protected, unknown,
// or the account that is signed in. Two names of one user become one.
func (c *containing) lookAtUsers(ctx context.Context) error {
	properties := nameProperties + "," + c.inv.command.Containment.Properties
	var jobs []*job
	owner, users := map[*job]*target{}, map[*target]rawjson.Object{}
	for _, t := range c.targets {
		if rule, ok := c.inv.instance.protects(t.inv.User()); ok {
			t.settle(Refused, protectedUser(t.inv.User(), rule))
			continue
		}
		j := &job{inv: t.inv, step: &Step{}, request: graph.GetUser(cmp.Or(c.asked.IDs[t.inv.User()], t.inv.User()), properties)}
		owner[j], jobs = t, append(jobs, j)
	}
	dispatch(ctx, c.inv.instance, c.inv.options.Now, append([]*job(nil), jobs...), nil, func(*job) {})
	if err := ctx.Err(); err != nil {
		return err
	}
	self := c.signedIn(ctx)
	for _, j := range jobs {
		c.looked(owner[j], j, self)
		users[owner[j]] = j.outcome.Object
	}
	c.mergeByID()
	for _, t := range c.targets {
		t.inv.requestID = "" // that of the look, which is no change
		c.users = append(c.users, &containedUser{
			target: t, moved: map[string]movement{},
			Contained: Contained{ID: t.inv.address, User: users[t], Asked: c.asked, shared: c.shared},
		})
	}
	return nil
}

// looked takes in what the look at one user showed.
func (c *containing) looked(t *target, j *job, self string) {
	if j.outcome.Status != Succeeded {
		t.fail(j.outcome)
		return
	}
	id := j.outcome.Object.Text("id")
	t.inv.address, t.inv.synced, t.inv.account = id, string(j.outcome.Object.Get("onPremisesSyncEnabled")) == "true", j.outcome.Object.Text("onPremisesSamAccountName")
	switch {
	case id == "":
		t.settle(Failed, &failure.Error{Kind: failure.Refused, Message: "Graph does not show the id of " + t.inv.User() + ".", Advice: "Grant the permission User.Read.All."})
		return
	case strings.EqualFold(id, self):
		e := failure.Argument("user", "%s is the account that is signed in: it does not contain itself.", t.inv.User())
		e.Advice = "Sign in as somebody else."
		t.settle(Refused, e)
		return
	}
	if err := t.inv.Recognize(j.outcome.Object); err != nil {
		t.settle(Refused, err)
	}
}

// signedIn returns the object id of the person who is signed in; "" for an application.
func (c *containing) signedIn(ctx context.Context) string {
	token, err := c.inv.instance.source.Token(ctx)
	if err != nil {
		return "" // the requests fail with it
	}
	claims, err := auth.Claims(token)
	if err != nil || len(claims.Scopes) == 0 {
		return ""
	}
	return claims.ObjectID
}

// plan reads what the steps are about and makes the stages of each user.
func (c *containing) plan(ctx context.Context) error {
	users := c.open()
	if err := c.readAll(ctx, users); err != nil {
		return c.cut(err)
	}
	things := map[string]*alteration{}
	for _, u := range users {
		for _, planned := range c.inv.command.Containment.Plan(u.target.inv, &u.Contained) {
			st := &stage{Stage: planned}
			for _, change := range planned.Changes {
				st.changes = append(st.changes, c.planned(u, planned.Step, change, things))
			}
			u.stages = append(u.stages, st)
		}
		u.planned = true
		u.readTimes()
		c.takeEarlier(u)
		if u.poolable() > 0 {
			c.ahead++
		}
	}
	return nil
}

// planned is a change that was not sent yet. things are what the users before have
// planned already.
func (c *containing) planned(u *containedUser, step string, change Alteration, things map[string]*alteration) *alteration {
	a := &alteration{Alteration: change, owner: u, step: step}
	if change.Err != nil {
		a.status, a.err, a.proven, a.reason = statusOf(change.Err), change.Err, containment.No, "nothing was sent"
		return a
	}
	if !change.Secret.IsEmpty() {
		c.hold = append(c.hold, c.inv.instance.scrubber.Hold(change.Secret))
	}
	if change.Joins != nil || change.Once {
		return a
	}
	body, err := rawjson.Marshal(change.Request.Body)
	if err != nil {
		return a // sending it tells
	}
	key := change.Request.Method + " " + change.Request.Target() + string(body)
	if other := things[key]; other == nil {
		things[key] = a
	} else if other.owner != u {
		a.same = other
	}
	return a
}

// poolable counts the changes that are sent together with those of others.
func (u *containedUser) poolable() (n int) {
	for _, st := range u.stages {
		for _, a := range st.changes {
			if a.Joins != nil && a.unsent() {
				n++
			}
		}
	}
	return n
}

// unsent reports whether a change is still to be sent.
func (a *alteration) unsent() bool { return a.status == "" && a.same == nil && a.sent.IsZero() }

// open returns the users whose steps are taken.
func (c *containing) open() []*containedUser {
	var open []*containedUser
	for _, u := range c.users {
		if u.target.status == "" {
			open = append(open, u)
		}
	}
	return open
}

// change records what was read, sends the changes and reads them again.
func (c *containing) change(ctx context.Context) ([]xsoar.Entry, error) {
	if err := c.beginRecord(ctx); err != nil {
		return nil, c.refuse(err)
	}
	if err := c.openTrail(); err != nil {
		return nil, err
	}
	stopped := c.send(ctx)
	c.settleUsers()
	kept := c.keepEnd(ctx)
	c.closeTrail()
	if err := cmp.Or(stopped, kept); err != nil {
		return nil, c.untold(err)
	}
	if err := ctx.Err(); err != nil && c.unfinished() {
		return nil, c.cut(err)
	}
	if err := c.finish(ctx); err != nil {
		return nil, c.untold(err)
	}
	return c.entries()
}

// unfinished reports whether a change was not sent, or has no answer.
func (c *containing) unfinished() bool {
	for _, u := range c.users {
		for _, st := range u.stages {
			for _, a := range st.changes {
				if a.status == NotTried || a.status == InDoubt || a.status == "" && a.same == nil {
					return true
				}
			}
		}
	}
	return false
}

// cut is the error of a run that ended before all steps were taken.
func (c *containing) cut(cause error) error {
	for _, u := range c.open() {
		u.target.settle(NotTried, cause)
	}
	err := c.cutShort(cause, c.records())
	if c.record == nil {
		return err
	}
	told := *failure.Of(err)
	told.Advice = c.howToGoOn()
	return &told
}

// howToGoOn says what a person does when the run is cut off. An undo takes back what is
// not back yet, whoever began it.
func (c *containing) howToGoOn() string {
	if c.asked.Undoes != "" {
		return fmt.Sprintf("If it is cut off, run the same command again: what is back already is not sent twice. It takes back the run %s.", c.asked.Undoes)
	}
	return fmt.Sprintf("If it is cut off, %s run_id=%s goes on with it, and nothing is done twice.", c.inv.Command, c.record.RunID())
}

// finished is the error of a run that has come to its end.
func (c *containing) finished() error {
	e := failure.Argument("run_id", "The run %s has come to its end, so nothing was sent.", c.earlier.Run.RunID)
	e.Advice = "Run the command again with the users to turn off what was left; msgraph-user-undo takes the run back."
	e.RunID = c.earlier.Run.RunID
	return e
}

var errStillOpen = errors.New("the change has no answer")
