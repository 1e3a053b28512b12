package transcript

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"msgraph-user/internal/definition"
	"msgraph-user/internal/rawjson"
)

// PracticeSecret is played in the place of each secret that was removed from a
// transcript. It satisfies Entra's rules for passwords.
const PracticeSecret = "Practice-Pa55-phrase!"

// Player plays transcripts to a server.
type Player struct {
	// Serve answers the client's messages of in on out until in ends.
	Serve func(ctx context.Context, in io.Reader, out io.Writer) error
	// Definition says what is secret in the answers that are compared.
	Definition *definition.Integration
}

// Report is what came of playing a transcript.
type Report struct {
	Compared    int          // answers
	LeftOut     int          // messages that cannot be played or compared: lines that were no JSON
	Differences []Difference // in the order of the requests
}

// Play sends the client's messages of a transcript again and compares the answers.
//
// Requests that ran at once are played one after the other, in the order in which
// they were answered, so that a transcript comes out the same however fast a machine
// is. Two things are sent where they stand: what tells of the session (initialize,
// notifications), and a request that is cancelled, before its cancellation.
//
// Instance parameters from which a secret was removed are left out, so that the
// server's own take their place. A secret argument that was removed is played as
// PracticeSecret. The integration context, where the client kept it, starts empty.
func (p *Player) Play(ctx context.Context, transcript io.Reader) (Report, error) {
	lines, err := read(transcript)
	if err != nil {
		return Report{}, err
	}
	toServer, toClient := newPipe(), newPipe()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		err := p.Serve(ctx, toServer.reader, toClient.writer)
		toClient.writer.CloseWithError(io.EOF)
		served <- err
	}()
	s := &sitting{
		server:       toServer.writer,
		redactor:     NewRedactor(p.Definition),
		counterparts: counterparts{},
		answers:      make(chan json.RawMessage, requestsIn(lines)),
	}
	go s.listen(toClient.reader)
	s.play(lines)
	toServer.writer.Close()
	s.drain()
	return s.report(), errors.Join(s.failed, <-served)
}

// requestsIn returns how many answers a server may give to lines: with room for all
// of them, a server that writes and a player that writes cannot wait for each other.
func requestsIn(lines []line) int {
	count := 0
	for _, l := range lines {
		count += max(1, len(messagesOf(l)))
	}
	return count
}

// pipe is one direction between the player and the server.
type pipe struct {
	reader *io.PipeReader
	writer *io.PipeWriter
}

func newPipe() pipe {
	reader, writer := io.Pipe()
	return pipe{reader, writer}
}

// request is one of the client's, as it was recorded.
type request struct {
	message  *message // what it came in
	id       string   // as JSON
	number   string   // the id that it is played under; "null" where the server cannot know its id
	method   string
	recorded json.RawMessage // its answer
	played   json.RawMessage
	unread   bool // it was no JSON, and is not played
}

// message is a line of the client, with one request or a batch of them.
type message struct {
	raw      json.RawMessage
	requests []*request // of its parts, nil for one that is no request
	sent     bool
}

// sitting is a transcript that is being played.
type sitting struct {
	server       io.Writer
	redactor     *Redactor
	counterparts counterparts
	requests     []*request // all of them, in the order of the transcript
	messages     []*message
	answers      chan json.RawMessage // of the server, closed at its end
	over         bool                 // answers is closed
	failed       error
	differences  []Difference
	compared     int
}

// play goes through the lines in their order.
func (s *sitting) play(lines []line) {
	for _, l := range lines {
		for _, message := range messagesOf(l) {
			if l.From == fromServer {
				s.expect(message)
			}
		}
		if l.From == fromClient {
			s.take(l)
		}
		if s.failed != nil {
			return
		}
	}
	for _, m := range s.messages { // those that were never answered
		s.send(m)
	}
}

// messagesOf returns the messages of a line, several where it is a batch.
func messagesOf(l line) []json.RawMessage {
	if l.Message == nil {
		return nil
	}
	if batch, err := rawjson.ParseArray(l.Message); err == nil {
		return batch
	}
	return []json.RawMessage{l.Message}
}

// expect takes what the server answered when recorded, and waits for it to answer
// the same request again.
func (s *sitting) expect(message json.RawMessage) {
	o, err := rawjson.ParseObject(message)
	if err != nil || o.Get("method") != nil {
		return // a notification, or a question to the client
	}
	id := string(o.Get("id"))
	at := slices.IndexFunc(s.requests, func(r *request) bool { return r.recorded == nil && r.id == id })
	if at < 0 {
		return // to a request before the transcript began
	}
	r := s.requests[at]
	r.recorded = message
	s.send(r.message)
	for r.played == nil && !r.unread && !s.over {
		s.receive()
	}
	s.compare(r)
}

// receive takes one answer of the server.
func (s *sitting) receive() {
	answer, ok := <-s.answers
	if !ok {
		s.over = true
		return
	}
	o, err := rawjson.ParseObject(answer)
	if err != nil {
		s.failed = fmt.Errorf("the server's answer is not an object: %s", short(answer))
		return
	}
	number := string(o.Get("id"))
	for _, r := range s.requests {
		if r.number == number && r.played == nil && !r.unread {
			r.played = answer
			return
		}
	}
}

// compare compares the two answers to a request.
func (s *sitting) compare(r *request) {
	if r.unread {
		return
	}
	s.compared++
	var c comparison
	c.counterparts = s.counterparts
	if r.played == nil {
		c.differs("answer", r.recorded, nil)
	} else {
		recorded, _ := rawjson.ParseObject(r.recorded) // expect has read it
		played, _ := rawjson.ParseObject(s.redactor.message(fromServer, r.played))
		c.objects("", recorded.Without("id", "jsonrpc"), played.Without("id", "jsonrpc"))
	}
	for _, d := range c.found {
		d.Method, d.ID = r.method, r.id
		s.differences = append(s.differences, d)
	}
}

// drain waits for the answers that the server still owes.
func (s *sitting) drain() {
	for !s.over {
		s.receive()
	}
}

func (s *sitting) report() Report {
	report := Report{Compared: s.compared, Differences: s.differences}
	for _, r := range s.requests {
		if r.unread {
			report.LeftOut++
		}
	}
	return report
}

// listen reads what the server writes until its end. What it asks of its client is
// answered from an integration context of the player's own.
func (s *sitting) listen(from io.Reader) {
	defer close(s.answers)
	kept := integrationContext{}
	reader := bufio.NewReader(from)
	for {
		message, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		for _, m := range messagesOf(line{Message: message}) {
			o, err := rawjson.ParseObject(m)
			switch {
			case err != nil || o.Get("method") == nil:
				s.answers <- m
			case o.Get("id") != nil:
				if _, err := s.server.Write(kept.answer(o)); err != nil {
					return
				}
			}
		}
	}
}
