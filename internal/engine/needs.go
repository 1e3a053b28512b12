package engine

import (
	"fmt"
	"slices"
	"time"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/definition"
)

// Need is what one command asks of Graph, and so of the token.
type Need struct {
	Command  string
	Requests []graph.Request // with placeholders for ids; empty where the command asks nothing of Graph
}

// Requirement is what a command needs of a token of one sort.
type Requirement struct {
	// Permissions are the fewest that do for all requests of the command, in
	// alphabetical order.
	Permissions []string
	// Impossible is true where such a token cannot do it, whatever is granted.
	Impossible bool
	// Unknown is true where nothing is known of a request.
	Unknown bool

	sets []graph.PermissionSet
}

// Of returns what the command needs of a token of a person (delegated) or of an
// application.
func (n Need) Of(delegated bool) Requirement {
	var r Requirement
	for _, request := range n.Requests {
		permissions, known := request.Permissions()
		set := permissions.Of(delegated)
		switch {
		case !known:
			r.Unknown = true
		case set.IsEmpty():
			return Requirement{Impossible: true}
		default:
			r.sets = append(r.sets, set)
		}
	}
	r.Permissions = fewest(r.sets)
	return r
}

// fewest returns the fewest permissions that satisfy all sets.
func fewest(sets []graph.PermissionSet) []string {
	var names []string
	for _, set := range sets {
		names = append(names, set.Advised()...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range slices.Clone(names) { // who may write users may read them
		rest := slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name })
		if !slices.ContainsFunc(sets, func(set graph.PermissionSet) bool { return !set.Allows(rest) }) {
			names = rest
		}
	}
	return names
}

// Missing returns the fewest permissions to grant in addition to those that are
// granted; none where these do.
func (r Requirement) Missing(granted []string) []string {
	unsatisfied := slices.DeleteFunc(slices.Clone(r.sets), func(set graph.PermissionSet) bool { return set.Allows(granted) })
	return slices.DeleteFunc(fewest(unsatisfied), func(name string) bool { return slices.Contains(granted, name) })
}

// Needs returns what each command of definition asks of Graph, in the
// definition's order.
func Needs(integration *definition.Integration, commands map[string]Command) ([]Need, error) {
	client, err := graph.New(graph.Options{Origin: "https://graph.microsoft.com"})
	if err != nil {
		return nil, err
	}
	var needs []Need
	for _, name := range integration.CommandNames() {
		requests, err := requestsOf(integration, name, commands[name], client)
		if err != nil {
			return nil, fmt.Errorf("%s with placeholders: %w", name, err)
		}
		needs = append(needs, Need{name, requests})
	}
	return needs, nil
}

// requestsOf returns the requests of a command, with placeholders for ids.
func requestsOf(integration *definition.Integration, name string, cmd Command, client *graph.Client) ([]graph.Request, error) {
	switch {
	case cmd.Containment != nil:
		return cmd.Containment.Requests(), nil
	case cmd.Steps == nil:
		return cmd.Also, nil
	}
	described, _ := integration.Command(name) // the name is the definition's own
	args, err := described.Arguments(placeholders(described))
	if err != nil {
		return nil, err
	}
	inv := &Invocation{Command: name, Args: args, command: cmd, instance: &instance{graph: client, config: &auth.Configuration{}, settings: Settings{AllowSecretGenerators: true}}, options: &Options{Now: time.Now}, told: &aftermath{}}
	steps, err := cmd.Steps(inv)
	if err != nil {
		return nil, err
	}
	var requests []graph.Request
	for _, step := range steps {
		requests = append(requests, step.Request)
	}
	return append(requests, cmd.Also...), nil
}

// placeholders are arguments with which a plan can be made that is never sent.
func placeholders(described *definition.Command) map[string]any {
	args := map[string]any{}
	for _, argument := range described.Args {
		switch {
		case argument.IsSensitive():
			args[argument.Name] = "placeholder"
		case !argument.Required || len(argument.Predefined) > 0:
		case argument.AcceptsObject():
			args[argument.Name] = "displayName=placeholder"
		default:
			args[argument.Name] = "placeholder-" + argument.Name
		}
	}
	return args
}
