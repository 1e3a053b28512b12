package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// stream is the jsonrpc2.ObjectStream of a session. It splits and joins batches,
// keeps from the library what is no message, and gives the library a number in
// place of the peer's id: it knows no fractional, huge or null ids, drops the
// connection on a message that it cannot take, and closes it at the end of input
// while requests are in flight. So ReadObject says nothing of the end until Close.
type stream struct {
	frames  *frameReader
	out     *outbox
	log     *slog.Logger
	observe func(Direction, []byte)
	flight  *flight
	room    room // of all batches

	parser parser
	ready  []arrival       // read and not yet handed to the library; the reader's own
	params json.RawMessage // of the request that the library decodes

	// What the library is about to write, as its OnSend said. Its lock of sending
	// is held from there until WriteObject returns.
	request  *jsonrpc2.Request
	response *jsonrpc2.Response

	ended  chan struct{} // closed at the end of input
	err    error         // why it ended, nil for its proper end; set before ended is closed
	closed chan struct{}
	once   sync.Once
}

// arrival is a message on its way to the library.
type arrival struct {
	envelope
	number uint64 // of the peer's request, or of ours that is answered; 0 for a notification
}

func newStream(s *Server, frames *frameReader, out *outbox, flight *flight) *stream {
	return &stream{
		frames: frames, out: out, flight: flight, log: s.Log, observe: s.Observe,
		room:  room{limit: s.MaxBatch},
		ended: make(chan struct{}), closed: make(chan struct{}),
	}
}

// ReadObject hands the library the next message.
func (s *stream) ReadObject(v any) error {
	for len(s.ready) == 0 && !s.isClosed() {
		if err := s.receive(); err != nil {
			return s.end(err)
		}
	}
	if s.isClosed() {
		return io.EOF
	}
	next := s.ready[0]
	s.ready[0] = arrival{}
	s.ready = s.ready[1:]
	s.params = next.params
	message := make([]byte, 0, len(`{"jsonrpc":"2.0","id":18446744073709551615,"method":,"result":}`)+len(next.method)+len(next.result))
	if next.isAnswer() {
		message = next.appendAnswer(message, next.number)
	} else {
		message = next.appendRequest(message, next.number)
	}
	if err := v.(json.Unmarshaler).UnmarshalJSON(message); err != nil {
		return s.end(err)
	}
	return nil
}

// received is the library's OnRecv, which shows what it made of the last ReadObject. A
// request gets its params as they came: the library would decode them to maps, and
// encode these again.
func (s *stream) received(request *jsonrpc2.Request, response *jsonrpc2.Response) {
	if response == nil && s.params != nil {
		params := s.params
		request.Params = &params
	}
	s.params = nil
}

// end says that nothing more can be read, and keeps it from the library until
// Close.
func (s *stream) end(err error) error {
	if !errors.Is(err, io.EOF) {
		s.err = err
	}
	close(s.ended)
	<-s.closed
	return io.EOF
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

// receive reads one frame and puts its messages in line. What is no message is
// answered here. An error is the end of input.
func (s *stream) receive() error {
	raw, err := s.frames.next()
	var broken *frameError
	switch {
	case errors.Is(err, errTooLong):
		return s.reject(invalidRequest("The message is longer than %d bytes, the most that is read.", s.frames.limit))
	case errors.As(err, &broken):
		return s.reject(parseError(broken.message))
	case err != nil:
		return err
	}
	s.observe(Received, raw)
	f, failed := s.parser.parse(raw)
	switch {
	case failed != nil:
		return s.reject(failed)
	case !f.isBatch:
		return s.accept(f.messages[0], nil, 0)
	case f.count == 0:
		return s.reject(invalidRequest("The batch is empty."))
	case f.count > maxBatch:
		return s.reject(invalidRequest("A batch holds at most %d requests.", maxBatch))
	}
	b := newBatch(f.count, &s.room)
	for slot, e := range f.messages {
		if err := s.accept(e, b, slot); err != nil {
			return err
		}
	}
	return nil
}

// accept takes one message, alone or from a batch, and puts it in line. All of a
// batch is in flight before its first request is served, so that the session
// cannot end between.
func (s *stream) accept(e envelope, b *batch, slot int) error {
	if e.isAnswer() {
		s.acceptAnswer(e)
		return s.respond(b, slot, nil)
	}
	method, failed := e.check()
	if failed != nil {
		return s.respond(b, slot, errorAnswer(nil, failed))
	}
	repeated := e.repetition()
	switch {
	case e.isNotification():
		if repeated != nil {
			s.log.Warn("a notification failed", "method", shown(method), "code", repeated.Kind.Code())
		} else {
			s.ready = append(s.ready, arrival{envelope: e})
		}
		return s.respond(b, slot, nil)
	case repeated != nil:
		return s.respond(b, slot, errorAnswer(e.id, wireError(repeated)))
	}
	r := &request{id: e.id, method: method, size: len(e.text), batch: b, slot: slot}
	s.flight.arrive(r)
	s.ready = append(s.ready, arrival{e, r.number})
	return nil
}

func (s *stream) acceptAnswer(e envelope) {
	number := e.answeredNumber()
	if number == 0 {
		s.log.Warn("an answer with an id that no request of this server has was ignored")
		return
	}
	s.ready = append(s.ready, arrival{e, number})
}

// reject answers what is no message, or none that is taken.
func (s *stream) reject(failed *jsonrpc2.Error) error {
	return s.respond(nil, 0, errorAnswer(nil, failed))
}

// respond sends one answer, by way of its batch if it has one. A nil answer only
// counts in the batch. It waits while the peer does not read.
func (s *stream) respond(b *batch, slot int, answer []byte) error {
	if b != nil {
		var whole bool
		if answer, whole = b.put(slot, answer); whole {
			defer close(b.sent)
		}
	}
	if answer == nil {
		return nil
	}
	return s.out.put(context.Background(), answer)
}

// sending is the library's OnSend, which shows what WriteObject is to write.
func (s *stream) sending(request *jsonrpc2.Request, response *jsonrpc2.Response) {
	s.request, s.response = request, response
}

// WriteObject writes what the library announced to sending. Its parameter has the
// same in it, unexported; to have it encoded would go over every answer three
// times more.
func (s *stream) WriteObject(any) error {
	var err error
	if s.response != nil {
		err = s.answer(s.response)
	} else {
		err = s.out.post(requestMessage(s.request))
		s.request.Params = nil // the library keeps the request until it is answered, and this may hold a token
	}
	s.request, s.response = nil, nil
	return err
}

// answer writes an answer under the peer's own id.
func (s *stream) answer(response *jsonrpc2.Response) error {
	r := s.flight.find(response.ID.Num)
	if r == nil {
		return errors.New("an answer to what is not in flight")
	}
	var message []byte
	if response.Error != nil {
		message = errorAnswer(r.id, response.Error)
	} else {
		message = appendAnswer(r.id, "result", *response.Result)
		response.Result = nil // it may be large, and waits here for room
	}
	if r.batch != nil && !r.batch.admits(len(message)) {
		r.withheld = true
		message = errorAnswer(r.id, wireError(errNoRoom(len(message))))
	}
	return s.respond(r.batch, r.slot, message)
}
