package rpc

import (
	"bytes"
	"sync"
)

// maxBatch is how many requests a batch may hold: its answers are kept until the
// last of them is there.
const maxBatch = 10_000

// batch collects the answers to the requests of one array, in their order.
type batch struct {
	mu      sync.Mutex
	answers [][]byte // nil where nothing is to be said
	open    int      // answers still to come
}

// put stores the answer of one slot and returns the array once it is whole.
func (b *batch) put(slot int, answer []byte) (whole []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[slot] = answer
	b.open--
	if b.open > 0 {
		return nil
	}
	return b.array()
}

// array returns the answers as one message, nil when there are none.
func (b *batch) array() []byte {
	said := b.answers[:0]
	for _, answer := range b.answers {
		if answer != nil {
			said = append(said, answer)
		}
	}
	if len(said) == 0 {
		return nil
	}
	array := append([]byte("["), bytes.Join(said, []byte(","))...)
	return append(array, ']')
}
