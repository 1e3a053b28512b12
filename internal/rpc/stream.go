package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// stream is the jsonrpc2.ObjectStream of a session. The library sees slips, not
// messages: it drops the connection on ids, batches and lines that the protocol
// allows or forgives, and decodes a body three times over. A slip is a minimal
// message with a number of ours; what the peer sent, and what it is to be sent,
// waits here under that number.
//
// At the end of input the library would close the connection over the heads of
// the requests in flight. So ReadObject says nothing of it until Close.
type stream struct {
	frames  *frameReader
	out     *outbox
	log     *slog.Logger
	observe func(Direction, []byte)
	arrived func(*request) // told of each request before any slip of its message goes out

	slips [][]byte // read and not yet handed to the library; the reader's own

	mu        sync.Mutex
	last      uint64
	requests  map[uint64]*request  // the peer's, not yet answered
	questions map[uint64]*question // ours, not yet answered

	ended  chan struct{} // closed at the end of input
	err    error         // why it ended, nil for its proper end; set before ended is closed
	closed chan struct{}
	once   sync.Once
}

// question is a request of ours on its way to the peer and back.
type question struct {
	number  uint64
	message []byte
	reply   *reply // set before the library is handed the slip
}

func newStream(s *Server, frames *frameReader, out *outbox) *stream {
	return &stream{
		frames: frames, out: out, log: s.Log, observe: s.Observe,
		requests: map[uint64]*request{}, questions: map[uint64]*question{},
		ended: make(chan struct{}), closed: make(chan struct{}),
	}
}

// ReadObject hands the library the slip of the next message.
func (s *stream) ReadObject(v any) error {
	for len(s.slips) == 0 {
		if s.isClosed() {
			return io.EOF
		}
		if err := s.receive(); err != nil {
			close(s.ended)
			<-s.closed
			return io.EOF
		}
	}
	if s.isClosed() {
		return io.EOF
	}
	slip := s.slips[0]
	s.slips = s.slips[1:]
	return json.Unmarshal(slip, v)
}

// WriteObject writes the message that the library's slip stands for.
func (s *stream) WriteObject(v any) error {
	written, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var slip struct {
		ID     uint64  `json:"id"`
		Method *string `json:"method"`
	}
	if err := json.Unmarshal(written, &slip); err != nil {
		return err
	}
	if slip.Method != nil {
		return s.out.put(context.Background(), s.posted(slip.ID))
	}
	r := s.answered(slip.ID)
	return s.respond(r.batch, r.slot, r.answer)
}

// answered forgets the request whose answer goes out and returns it.
func (s *stream) answered(number uint64) *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests[number]
	delete(s.requests, number)
	return r
}

// posted returns the message of a question of ours that goes out. It is not kept
// until the answer comes: it may hold a token.
func (s *stream) posted(number uint64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.questions[number]
	message := q.message
	q.message = nil
	return message
}

// Close ends the reading, and with it the library's connection.
func (s *stream) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *stream) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// receive reads one frame and puts the slips of what it holds in line. What is
// no request is answered here. An error is the end of input.
func (s *stream) receive() error {
	raw, err := s.frames.next()
	var broken *frameError
	switch {
	case errors.Is(err, errTooLong):
		return s.reject(invalidRequest("The message is longer than %d bytes, the most that is read.", s.frames.limit))
	case errors.As(err, &broken):
		return s.reject(parseError(broken.message))
	case err != nil:
		if !errors.Is(err, io.EOF) {
			s.err = err
		}
		return err
	}
	s.observe(Received, raw)
	if failed := checkJSON(raw); failed != nil {
		return s.reject(failed)
	}
	if kindOf(raw) == kindArray {
		return s.acceptBatch(raw)
	}
	return s.accept(raw, nil, 0)
}

// acceptBatch takes each element of an array for a message.
func (s *stream) acceptBatch(raw []byte) error {
	n := 0
	for range elements(raw) {
		n++
	}
	switch {
	case n == 0:
		return s.reject(invalidRequest("The batch is empty."))
	case n > maxBatch:
		return s.reject(invalidRequest("A batch holds at most %d requests.", maxBatch))
	}
	b := &batch{answers: make([][]byte, n), open: n}
	slot := 0
	for element := range elements(raw) {
		if err := s.accept(element, b, slot); err != nil {
			return err
		}
		slot++
	}
	return nil
}

// accept takes one message, alone or from a batch, and puts its slip in line.
func (s *stream) accept(raw []byte, b *batch, slot int) error {
	r, answered, failed := parseMessage(raw)
	switch {
	case failed != nil:
		return s.respond(b, slot, errorAnswer(nil, failed))
	case r != nil:
		r.batch, r.slot = b, slot
		s.acceptRequest(r)
		if r.isNotification() {
			return s.respond(b, slot, nil)
		}
		return nil
	}
	s.acceptReply(answered)
	return s.respond(b, slot, nil)
}

func (s *stream) acceptRequest(r *request) {
	s.mu.Lock()
	s.last++
	r.number = s.last
	s.requests[r.number] = r
	s.mu.Unlock()
	s.arrived(r)
	s.slips = append(s.slips, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"call"}`, r.number))
}

func (s *stream) acceptReply(answered *reply) {
	if answered == nil {
		s.log.Warn("an answer with an id that no request of this server has was ignored")
		return
	}
	s.mu.Lock()
	q := s.questions[answered.number]
	delete(s.questions, answered.number)
	s.mu.Unlock()
	if q == nil {
		s.log.Warn("an answer to nothing that this server asked was ignored", "id", answered.number)
		return
	}
	q.reply = answered
	s.slips = append(s.slips, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":null}`, q.number))
}

// reject answers what is no message, or none that is taken.
func (s *stream) reject(failed *jsonrpc2.Error) error {
	return s.respond(nil, 0, errorAnswer(nil, failed))
}

// respond sends one answer, by way of its batch if it has one. A nil answer only
// counts in the batch.
func (s *stream) respond(b *batch, slot int, answer []byte) error {
	if b != nil {
		answer = b.put(slot, answer)
	}
	if answer == nil {
		return nil
	}
	return s.out.put(context.Background(), answer)
}

// opened returns the request that a slip stands for. A notification is forgotten
// with that, a request when it is answered.
func (s *stream) opened(number uint64) *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests[number]
	if r != nil && r.isNotification() {
		delete(s.requests, number)
	}
	return r
}

// ask prepares a request of ours: the library sends its slip.
func (s *stream) ask(method string, params any) (*question, error) {
	s.mu.Lock()
	s.last++
	q := &question{number: s.last}
	s.mu.Unlock()
	message, err := requestMessage(q.number, method, params)
	if err != nil {
		return nil, err
	}
	q.message = message
	s.mu.Lock()
	s.questions[q.number] = q
	s.mu.Unlock()
	return q, nil
}

// slip is how the library knows the number.
func slip(number uint64) jsonrpc2.ID { return jsonrpc2.ID{Num: number} }
