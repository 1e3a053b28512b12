package directory

import "fmt"

// NotFoundError says that the tenant has no object that ref names.
type NotFoundError struct{ Ref string }

// Error names what is missing.
func (e *NotFoundError) Error() string { return fmt.Sprintf("no object %q in the tenant", e.Ref) }

// ConflictError says that another object has the value already.
type ConflictError struct{ Property string }

// Error names the property.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("another object has the same %s", e.Property)
}

// UnknownNameError says that a seed or state file names something that Graph's
// metadata does not have.
type UnknownNameError struct{ Kind, Name string }

// Error names what is unknown.
func (e *UnknownNameError) Error() string { return fmt.Sprintf("no %s is called %q", e.Kind, e.Name) }

// JournalError says that a change could not be written to the state file and so
// was not made.
type JournalError struct{ Cause error }

// Error says why, and that nothing was changed.
func (e *JournalError) Error() string {
	return fmt.Sprintf("the state file could not be written, so nothing was changed: %v", e.Cause)
}

// Unwrap returns the cause.
func (e *JournalError) Unwrap() error { return e.Cause }
