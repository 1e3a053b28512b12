package containment

// Content returns the lines so far.
func (w *Writer) Content() []byte { return w.content }
