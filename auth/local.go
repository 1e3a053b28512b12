package auth

// IsLocal reports whether the cloud is this machine: a practice tenant, whose
// every service answers on the one origin.
func (c Cloud) IsLocal() bool { return isLoopback(c.Graph) }
