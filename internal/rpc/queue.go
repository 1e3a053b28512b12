package rpc

import (
	"slices"
	"sync"
)

// job is work that waits for its turn.
type job struct {
	size   int // bytes that are held for it
	run    func()
	begins func() // called before run where the job had to wait; may be nil
}

// queue runs jobs, so many at once, the others in the order they came. Its workers stay
// for later jobs: each command would else grow the stack of a new one.
type queue struct {
	maxRunning, maxWaiting, maxBytes int

	mu      sync.Mutex
	running int
	waiting []*job
	bytes   int // of all jobs, running and waiting
	workers sync.WaitGroup
	idle    int       // workers that wait at next
	next    chan *job // for an idle worker
	over    bool      // no job is taken any more
}

// heldLines is how many messages of the greatest length may be held for commands
// that run or wait; many small ones come to nothing against it.
const heldLines = 4

func newQueue(s *Server) *queue {
	return &queue{maxRunning: s.MaxInFlight, maxWaiting: max(s.MaxWaiting, 0), maxBytes: heldLines * s.MaxLine, next: make(chan *job)}
}

// submit has j run now or when its turn comes, and reports false where the queue
// is full. It never waits itself, and calls waits where j does.
func (q *queue) submit(j *job, waits func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over || q.bytes > 0 && q.bytes+j.size > q.maxBytes {
		return false
	}
	if q.running == q.maxRunning {
		if len(q.waiting) >= q.maxWaiting {
			return false
		}
		q.waiting = append(q.waiting, j)
		q.bytes += j.size
		waits()
		return true
	}
	q.running++
	q.bytes += j.size
	if q.idle > 0 {
		q.idle--
		q.next <- j
	} else {
		q.workers.Go(func() { q.work(j) })
	}
	return true
}

// work runs j and then what comes, until the queue is done.
func (q *queue) work(j *job) {
	for j != nil {
		if j.begins != nil {
			j.begins()
		}
		j.run()
		j = q.following(j)
	}
}

func (q *queue) following(done *job) *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= done.size
	if len(q.waiting) == 0 {
		q.running--
		return q.rest()
	}
	next := q.waiting[0]
	q.waiting[0] = nil
	q.waiting = q.waiting[1:]
	return next
}

// rest waits for a job; nil: the queue is done. The lock is held, but while it waits.
func (q *queue) rest() *job {
	if q.over {
		return nil
	}
	q.idle++
	q.mu.Unlock()
	defer q.mu.Lock()
	return <-q.next
}

// remove takes j out and reports true where it was still waiting.
func (q *queue) remove(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, j)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.bytes -= j.size
	return true
}

// done takes no more jobs, and returns a channel that is closed when none runs.
func (q *queue) done() <-chan struct{} {
	q.mu.Lock()
	q.over = true
	close(q.next)
	q.mu.Unlock()
	done := make(chan struct{})
	go func() {
		q.workers.Wait()
		close(done)
	}()
	return done
}
