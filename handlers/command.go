package handlers

import (
	"context"
	"fmt"
	"time"

	"msgraph-user/graph"
	"msgraph-user/internal/definition"
	"msgraph-user/internal/engine"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/rawjson"
	"msgraph-user/internal/xsoar"
)

// command is what one command does. It has either a plan or a run.
type command struct {
	// plan makes the one request whose success is all there is to tell. It sends
	// nothing itself, so that many plans can be sent together.
	plan func(*call) (plan, error)
	// run does what a single request cannot say. sends are the requests that it
	// may make of Graph, with placeholders: what they need, the command needs.
	run   func(context.Context, *call) ([]xsoar.Entry, error)
	sends []graph.Request

	// target names the argument that holds the user the command acts on; empty
	// where it acts on none.
	target string
	// makes names the argument that holds the name of what the command creates;
	// empty where it acts on something that exists.
	makes string
	// changes reports whether a call would change something at Microsoft; nil
	// means that it only reads.
	changes func(definition.Arguments) bool
	// missing is the answer when Graph does not know the object and the instance
	// suppresses such errors; nil gives the common one. Commands without a target
	// raise the error.
	missing func(*call, *failure.Error) xsoar.Entry
	// patience is how much longer than other commands a call may take.
	patience func(definition.Arguments) time.Duration
}

// plan is a request and what its success means.
type plan struct {
	request graph.Request
	done    string // what the War Room says then
}

// changing is the changes of a command whose every call changes something.
func changing(definition.Arguments) bool { return true }

// call is one command that is running.
type call struct {
	command  string
	target   string // the argument that names the user; empty where there is none
	args     definition.Arguments
	instance *instance
	now      func() time.Time
	wait     func(context.Context, time.Duration) error
	progress func(engine.Progress)

	requestID string // Graph's, of the request that was answered last
}

// report tells the caller, where it wants to hear it, what the command waits for.
func (c *call) report(format string, a ...any) {
	if c.progress != nil {
		c.progress(engine.Progress{Message: fmt.Sprintf(format, a...)})
	}
}

// do sends one request, and says what helps where Graph refuses it.
func (c *call) do(ctx context.Context, r graph.Request) (rawjson.Object, error) {
	response, err := c.send(ctx, r)
	return response.Object, err
}

// send is do for an answer whose headers count.
func (c *call) send(ctx context.Context, r graph.Request) (graph.Response, error) {
	var response graph.Response
	err := c.insist(ctx, r, func() (err error) {
		response, err = c.instance.graph.Send(ctx, c.signed(r))
		return err
	})
	c.remember(response.Header, err)
	return response, c.advise(r, err)
}

// page sends one request for a page of a collection, as do does.
func (c *call) page(ctx context.Context, r graph.Request) (graph.Page, error) {
	var page graph.Page
	err := c.insist(ctx, r, func() (err error) {
		page, err = c.instance.graph.Page(ctx, c.signed(r))
		return err
	})
	c.remember(nil, err)
	return page, c.advise(r, err)
}

// signed returns r with the command in its User-Agent, where Microsoft's log of
// Graph activity shows it, and the practice tenant's page.
func (c *call) signed(r graph.Request) graph.Request {
	if c.instance.userAgent == "" {
		return r
	}
	return r.WithHeader("User-Agent", c.instance.userAgent+" ("+c.command+")")
}

// checkTarget refuses an id that could not stand in a path, under the name of the
// argument that holds it.
func (cmd command) checkTarget(args definition.Arguments) error {
	if cmd.target == "" {
		return nil
	}
	return graph.CheckID(cmd.target, args.Text(cmd.target))
}

// execute runs the plan or the run of a command.
func (cmd command) execute(ctx context.Context, c *call) ([]xsoar.Entry, error) {
	if cmd.run != nil {
		return cmd.run(ctx, c)
	}
	p, err := cmd.plan(c)
	if err != nil {
		return nil, err
	}
	if _, err := c.do(ctx, p.request); err != nil {
		return nil, err
	}
	return done("%s", p.done), nil
}
