package auth

import "context"

// ContextMember returns a member of the integration context that is not this
// package's; nil where there is none.
func (s *Source) ContextMember(ctx context.Context, name string) (any, error) {
	if err := s.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer s.endTurn()
	values, err := s.readContext(ctx)
	if err != nil {
		return nil, err
	}
	return values[name], nil
}

// ChangeContextMember replaces a member of the integration context that is not
// this package's by what change makes of it; nil removes it. Nothing else in this
// process changes the context in between.
func (s *Source) ChangeContextMember(ctx context.Context, name string, change func(any) any) error {
	if err := s.takeTurn(ctx); err != nil {
		return err
	}
	defer s.endTurn()
	values, err := s.readContext(ctx)
	if err != nil {
		return err
	}
	_, err = s.changeContext(ctx, values, func(changed map[string]any) {
		if value := change(changed[name]); value != nil {
			changed[name] = value
			return
		}
		delete(changed, name)
	})
	return err
}
