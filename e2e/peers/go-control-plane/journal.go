package main

import (
	"slices"
	"sync"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A request that a client sent. Streams are numbered from 1, over restarts.
type request struct {
	Stream   int    `json:"stream"`
	Path     string `json:"path"`
	Protocol string `json:"protocol"`
	TypeURL  string `json:"typeUrl"`
	// ack and nack answer a response, request is any other.
	Kind string `json:"kind"`
	// The version of the response that is answered.
	Answers         string            `json:"answers"`
	Names           []string          `json:"names"`
	Unsubscribed    []string          `json:"unsubscribed"`
	InitialVersions map[string]string `json:"initialVersions"`
	Version         string            `json:"version"`
	Nonce           string            `json:"nonce"`
	Error           string            `json:"error"`
	NodeID          string            `json:"nodeId,omitempty"`
}

// What one stream did for one type.
type counter struct {
	Stream   int    `json:"stream"`
	Path     string `json:"path"`
	Protocol string `json:"protocol"`
	TypeURL  string `json:"typeUrl"`
	IsOpen   bool   `json:"isOpen"`
	// All that the client sent, of these the ACKs and NACKs.
	Requests int `json:"requests"`
	Acks     int `json:"acks"`
	Nacks    int `json:"nacks"`
	// What was sent to it.
	Responses int `json:"responses"`
}

// journal sees all streams of the server, or of its successors after a restart.
type journal struct {
	mu       sync.Mutex
	tell     func(request)
	streams  map[*stream]struct{}
	opened   int
	counters []*counter
}

func newJournal(tell func(request)) *journal {
	return &journal{tell: tell, streams: map[*stream]struct{}{}}
}

func (j *journal) intercept(service any, inner grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	s := j.open(inner, info.FullMethod)
	err := handle(service, s)
	if broken := j.close(s); broken != nil {
		return broken
	}
	return err
}

func (j *journal) open(inner grpc.ServerStream, path string) *stream {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.opened++
	s := &stream{ServerStream: inner, journal: j, number: j.opened, path: path, broken: make(chan struct{}), topics: map[string]*topic{}}
	j.streams[s] = struct{}{}
	return s
}

// close returns the status that the stream was broken with, if it was.
func (j *journal) close(s *stream) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.streams, s)
	for _, t := range s.topics {
		t.counter.IsOpen = false
	}
	return s.reason
}

func (j *journal) breakStreams(code codes.Code, details string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for s := range j.streams {
		if s.reason == nil {
			s.reason = status.Error(code, details)
			close(s.broken)
		}
	}
}

func (j *journal) stats() []*counter {
	j.mu.Lock()
	defer j.mu.Unlock()
	copies := make([]*counter, len(j.counters))
	for i, c := range j.counters {
		value := *c
		copies[i] = &value
	}
	return copies
}

// A stream as the xDS server uses it, with somebody who reads along.
type stream struct {
	grpc.ServerStream
	journal *journal
	number  int
	path    string
	// Closed when the stream is to end with reason.
	broken chan struct{}
	reason error
	topics map[string]*topic
}

// What a stream has carried of one type.
type topic struct {
	counter *counter
	// Responses that were not answered yet, in order.
	unanswered []response
	lastNack   *request
}

type response struct {
	nonce   string
	version string
}

func (s *stream) topic(protocol string, typeURL string) *topic {
	t, known := s.topics[typeURL]
	if !known {
		t = &topic{counter: &counter{Stream: s.number, Path: s.path, Protocol: protocol, TypeURL: typeURL, IsOpen: true}}
		s.topics[typeURL] = t
		s.journal.counters = append(s.journal.counters, t.counter)
	}
	return t
}

func (s *stream) RecvMsg(message any) error {
	received := make(chan error, 1)
	go func() { received <- s.ServerStream.RecvMsg(message) }()
	select {
	case err := <-received:
		if err == nil {
			s.took(message)
		}
		return err
	case <-s.broken:
		return s.reason
	}
}

func (s *stream) SendMsg(message any) error {
	switch m := message.(type) {
	case *discovery.DiscoveryResponse:
		s.sends("sotw", m.GetTypeUrl(), response{m.GetNonce(), m.GetVersionInfo()})
	case *discovery.DeltaDiscoveryResponse:
		s.sends("delta", m.GetTypeUrl(), response{m.GetNonce(), m.GetSystemVersionInfo()})
	}
	return s.ServerStream.SendMsg(message)
}

func (s *stream) sends(protocol string, typeURL string, sent response) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	t := s.topic(protocol, typeURL)
	t.counter.Responses++
	t.unanswered = append(t.unanswered, sent)
}

func (s *stream) took(message any) {
	r := request{Stream: s.number, Path: s.path}
	switch m := message.(type) {
	case *discovery.DiscoveryRequest:
		r.Protocol, r.TypeURL, r.Nonce = "sotw", m.GetTypeUrl(), m.GetResponseNonce()
		r.Names, r.Version = m.GetResourceNames(), m.GetVersionInfo()
		r.Error, r.NodeID = m.GetErrorDetail().GetMessage(), m.GetNode().GetId()
		s.record(r, m.GetErrorDetail() != nil)
	case *discovery.DeltaDiscoveryRequest:
		r.Protocol, r.TypeURL, r.Nonce = "delta", m.GetTypeUrl(), m.GetResponseNonce()
		r.Names, r.Unsubscribed, r.InitialVersions = m.GetResourceNamesSubscribe(), m.GetResourceNamesUnsubscribe(), m.GetInitialResourceVersions()
		r.Error, r.NodeID = m.GetErrorDetail().GetMessage(), m.GetNode().GetId()
		s.record(r, m.GetErrorDetail() != nil)
	}
}

func (s *stream) record(r request, isRefusal bool) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	t := s.topic(r.Protocol, r.TypeURL)
	t.counter.Requests++
	r.Kind = "request"
	answered := slices.IndexFunc(t.unanswered, func(sent response) bool { return sent.nonce == r.Nonce })
	if answered >= 0 {
		r.Kind, r.Answers = "ack", t.unanswered[answered].version
		// An older one that is skipped will not be answered any more.
		t.unanswered = t.unanswered[answered+1:]
	}
	if isRefusal {
		r.Kind = "nack"
	}
	switch r.Kind {
	case "ack":
		t.counter.Acks++
	case "nack":
		t.counter.Nacks++
		// The cache answers the NACK of a version with that version again, a thousand times a second. The first of these NACKs says it
		// all: the others have its errors, though maybe in another order.
		if t.lastNack != nil && isRepeated(*t.lastNack, r) {
			return
		}
		t.lastNack = &r
	}
	s.journal.tell(r)
}

func isRepeated(before request, now request) bool {
	return before.Answers == now.Answers && before.Version == now.Version && slices.Equal(before.Names, now.Names)
}
