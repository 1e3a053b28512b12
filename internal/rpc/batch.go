package rpc

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"msgraph-user/internal/failure"
)

// maxBatch is how many requests a batch may hold: its answers are kept until the
// last of them is there.
const maxBatch = 10_000

// smallAnswer is the length in bytes of an answer that always finds room in its
// batch: that of most changes, and of most errors.
const smallAnswer = 1 << 10

var errBatchFull = &failure.Error{Kind: failure.Throttled, RetryAfter: time.Second,
	Message: "The answers of this batch take all the room that answers of batches have.",
	Advice:  "This request was not run. Send it again, in a smaller batch."}

// errNoRoom is the answer of a command that ran, in place of n bytes for which
// the batch has no room. It must not look like something to send again.
func errNoRoom(n int) error {
	return &failure.Error{Kind: failure.Internal,
		Message: fmt.Sprintf("The command ran, but its answer of %d bytes has no room beside the other answers of its batch.", n),
		Advice:  "If it changes something, look at the result before you send it again. If it reads, send it again, in a smaller batch."}
}

// room is what all batches of a session have for the answers that they keep.
type room struct {
	mu    sync.Mutex
	limit int // bytes
	taken int // bytes
}

// take books n bytes and reports whether they had room. One answer always has.
func (r *room) take(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > smallAnswer && r.taken > 0 && r.taken+n > r.limit {
		return false
	}
	r.taken += n
	return true
}

func (r *room) release(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken -= n
}

// batch collects the answers to the requests of one array, in their order.
type batch struct {
	room *room
	full atomic.Bool   // whether an answer had no room
	sent chan struct{} // closed when the array was handed to the outbox

	mu      sync.Mutex
	answers [][]byte // nil where nothing is to be said
	open    int      // answers still to come
	bytes   int      // of answers
}

func newBatch(n int, r *room) *batch {
	return &batch{room: r, sent: make(chan struct{}), answers: make([][]byte, n), open: n}
}

// isFull reports whether the requests of the batch that have not begun are not
// run. A request that came alone has no batch.
func (b *batch) isFull() bool { return b != nil && b.full.Load() }

// admits reports whether an answer of n bytes has room, and books it.
func (b *batch) admits(n int) bool {
	if !b.room.take(n) {
		b.full.Store(true)
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes += n
	return true
}

// put stores the answer of one slot and returns the array once it is whole, nil
// where nothing is to be said.
func (b *batch) put(slot int, answer []byte) (array []byte, whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[slot] = answer
	b.open--
	if b.open > 0 {
		return nil, false
	}
	b.room.release(b.bytes)
	return b.array(), true
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
