package engine

import (
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"

	"msgraph-user/auth"
	"msgraph-user/graph"
	"msgraph-user/internal/failure"
	"msgraph-user/internal/httpclient"
	"msgraph-user/internal/mfa"
	"msgraph-user/internal/secret"
)

// maxInstances bounds how many instances are kept ready. One that was dropped
// and comes back only has to read its token from the store again.
const maxInstances = 256

// instance is one configured integration instance: its configuration, its way to
// its hosts and its token. Instances share nothing.
type instance struct {
	config     *auth.Configuration
	settings   Settings
	unknown    []string // parameters that integration.yml does not have
	scrubber   *secret.Scrubber
	http       *httpclient.Client
	source     *auth.Source
	graph      *graph.Client
	mfa        *mfa.Client
	transports []http.RoundTripper
	lastUse    uint64

	newUsers newUsers
	pace     pace
	units    unitPace
	families families
}

// instanceKey tells instances apart: by where their context is kept, their name
// and their whole configuration.
type instanceKey struct {
	store  auth.ContextStore
	name   string
	params [sha256.Size]byte
}

// instances are those that calls have named so far.
type instances struct {
	options Options
	sources auth.Sources
	mu      sync.Mutex
	ready   map[instanceKey]*instance
	uses    uint64
	dropped httpclient.Stats // what the HTTP clients of instances did that are not kept any more
}

func newInstances(o Options) *instances {
	return &instances{options: o, ready: map[instanceKey]*instance{}}
}

// of returns the instance that a call is for. The error names the parameter that
// is wrong.
func (s *instances) of(asked Call) (*instance, error) {
	params := asked.Params
	if params == nil {
		params = s.options.Params
	}
	params = s.options.Definition.Configuration(params)
	encoded, err := appendParameters(make([]byte, 0, 1024), params)
	if err != nil {
		return nil, &failure.Error{Kind: failure.Internal, Message: "The instance's parameters cannot be read.", Cause: err}
	}
	key := instanceKey{asked.Store, asked.Instance, sha256.Sum256(encoded)}
	if key.store == nil {
		key.store = s.options.Store
	}
	i, isNew, err := s.find(key, params)
	if isNew && len(i.unknown) > 0 {
		s.passOver(asked, i.unknown)
	}
	return i, err
}

// appendParameters appends a value of the parameters, the members of an object in the
// order of their names, so that equal values give equal bytes and no others do. Each
// call finds its instance by them, so common types do without encoding/json.
func appendParameters(b []byte, value any) ([]byte, error) {
	switch value := value.(type) {
	case string:
		return strconv.AppendQuote(b, value), nil
	case bool:
		return strconv.AppendBool(b, value), nil
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		b = append(b, '{')
		for _, name := range names {
			var err error
			if b, err = appendParameters(append(strconv.AppendQuote(b, name), ':'), value[name]); err != nil {
				return nil, err
			}
			b = append(b, ',')
		}
		return append(b, '}'), nil
	}
	encoded, err := json.Marshal(value)
	return append(b, encoded...), err
}

// passOver says which parameters are not known, in the log and to the caller.
func (s *instances) passOver(asked Call, unknown []string) {
	text := "Parameters that this integration does not have are passed over: " + strings.Join(unknown, ", ") + "."
	s.options.Log.Info(text, "instance", asked.Instance)
	if asked.Log != nil {
		asked.Log(slog.LevelInfo, text)
	}
}

// find returns the instance of key, and whether it was set up for this call.
func (s *instances) find(key instanceKey, params map[string]any) (i *instance, isNew bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uses++
	i, ok := s.ready[key]
	if !ok {
		if i, err = s.configure(params, key); err != nil {
			return nil, false, err
		}
		s.makeRoom()
		s.ready[key] = i
	}
	i.lastUse = s.uses
	return i, !ok, nil
}

// makeRoom drops the instance that was unused for longest when all places are taken.
func (s *instances) makeRoom() {
	if len(s.ready) < maxInstances {
		return
	}
	var oldest instanceKey
	least := s.uses + 1
	for key, i := range s.ready {
		if i.lastUse < least {
			oldest, least = key, i.lastUse
		}
	}
	did := s.ready[oldest].http.Stats()
	s.dropped.Requests += did.Requests
	s.dropped.Retries += did.Retries
	s.dropped.Throttled += did.Throttled
	s.dropped.Paused += did.Paused
	s.ready[oldest].closeIdle()
	delete(s.ready, oldest)
}

// close closes the connections that no request uses.
func (s *instances) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.ready {
		i.closeIdle()
	}
}

func (i *instance) closeIdle() {
	for _, transport := range i.transports {
		(&http.Client{Transport: transport}).CloseIdleConnections()
	}
}

// configure validates params and sets an instance up. Nothing is sent.
func (s *instances) configure(params map[string]any, key instanceKey) (*instance, error) {
	unknown, err := s.options.Definition.CheckParameters(params)
	if err != nil {
		return nil, err
	}
	config, err := auth.Configure(params)
	if err != nil {
		return nil, err
	}
	settings, err := ReadSettings(params)
	if err != nil {
		return nil, err
	}
	i := &instance{config: config, settings: settings, unknown: unknown, families: newFamilies()}
	reach := httpclient.Options{
		SystemProxy: config.Proxy,
		Insecure:    config.Insecure,
		InProcess:   s.options.InProcess,
		Log:         s.options.Log,
	}
	transport, metadata := httpclient.New(reach), httpclient.NewMetadata(reach)
	i.transports = []http.RoundTripper{transport, metadata}
	i.source = s.sources.For(config, auth.Options{
		Transport:         transport,
		MetadataTransport: metadata,
		Store:             key.store,
		Instance:          key.name,
		Now:               s.options.Now,
		Log:               s.options.Log,
	})
	i.scrubber = i.source.Scrubber() // every instance that shares the source knows its tokens
	i.http = httpclient.NewClient(httpclient.ClientOptions{
		Transport: transport,
		InFlight:  s.options.InFlight,
		MaxAnswer: s.options.MaxAnswer,
		Scrub:     i.scrubber.Scrub,
	})
	i.graph, err = graph.New(graph.Options{
		Origin:    config.GraphOrigin(),
		HTTP:      i.http,
		Tokens:    i.source,
		Scrub:     i.scrubber.Scrub,
		UserAgent: s.options.UserAgent,
		Log:       s.options.Log,
	})
	if err != nil {
		return nil, err
	}
	i.mfa = &mfa.Client{
		HTTP:   &http.Client{Transport: transport, CheckRedirect: noRedirect},
		Origin: mfaOrigin(config),
		NewID:  uuid.NewString,
		Scrub:  i.scrubber.Scrub,
	}
	return i, nil
}

// mfaOrigin is where the instance's MFA service answers; empty for Microsoft's.
func mfaOrigin(config *auth.Configuration) string {
	if config.Cloud.IsLocal() {
		return config.GraphOrigin()
	}
	return ""
}

// noRedirect keeps a token from following a redirect to another host.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Connection is an instance as those see it who look after its sign-in and its
// guard rails: the login and doctor subcommands.
type Connection struct {
	Config   *auth.Configuration
	Settings Settings
	Source   *auth.Source
	HTTP     *httpclient.Client
	Graph    *graph.Client
}

// Connect returns the instance that a call is for. Nothing is sent. The error
// names the parameter that is wrong.
func (s *Service) Connect(asked Call) (Connection, error) {
	i, err := s.instances.of(asked)
	if err != nil {
		return Connection{}, err
	}
	return Connection{Config: i.config, Settings: i.settings, Source: i.source, HTTP: i.http, Graph: i.graph}, nil
}
