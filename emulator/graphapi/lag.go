package graphapi

// pickCopy decides which copy of the directory serves the call: for an
// application any of them, which may lag behind; for a person's session, which is
// kept consistent, the one that writes go to. So does a delta query, whose tokens
// mean the same to every copy.
func (c *call) pickCopy() {
	if c.api.options.Read == nil || c.principal.Delegated() || c.route.current {
		return
	}
	c.store = c.api.options.Read()
}
