// Package respacetest runs tests of a client against the Respace emulator of the sendspace API.
//
// New gives each test a server of its own. The emulator behind it is started by the first test of a package and ends with the test
// program, also when that is killed. It needs the program respace, or RESPACE_URL of an emulator that runs.
package respacetest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Object is JSON that a control call takes, as docs/emulator.md describes it. The emulator names every member that is wrong.
type Object = map[string]any

// Server is a sandbox of one test: a server with its own data, clock, faults and journal. Its methods end the test with t.Fatal when the
// emulator refuses a call, or when the journal does not have what was expected.
type Server struct {
	ID string
	// URL leads to this sandbox alone, by its path. It has no final slash.
	URL string
	// RestURL is the endpoint of the API. With APIKey it leads to this sandbox.
	RestURL string
	// PathURL is the endpoint for clients that cannot choose their key.
	PathURL    string
	ControlURL string
	APIKey     string
	// User and Password are those of the first account of the seed; empty when it has none.
	User     string
	Password string

	Faults    *Faults
	Clock     *Clock
	Journal   *Journal
	Accounts  *Accounts
	Files     *Files
	Sessions  *Sessions
	System    *System
	Snapshots *Snapshots

	t       testing.TB
	control *control
	removed bool
}

// Option says how a sandbox begins.
type Option func(Object)

// WithSeed takes "none", or a seed as data. Without it a sandbox has the demo accounts.
func WithSeed(seed any) Option { return func(body Object) { body["seed"] = seed } }

// WithClock freezes the clock at a moment.
func WithClock(at time.Time) Option { return func(body Object) { body["clock"] = written(at) } }

// WithIDs makes keys and ids repeatable: the same for the same seed, a text or a number, in a sandbox of the same id.
func WithIDs(seed any) Option { return func(body Object) { body["ids"] = seed } }

// WithID names the sandbox. Without it the name is random.
func WithID(id string) Option { return func(body Object) { body["id"] = id } }

// New opens a sandbox that is removed when the test ends. A test that fails logs its last calls then; one that passes fails if a fault was
// never applied.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	emulator, err := sharedEmulator()
	if err != nil {
		t.Fatalf("respace: %v", err)
	}
	body := Object{"seed": "demo"}
	for _, option := range options {
		option(body)
	}
	var made struct {
		ID, APIKey, RestURL, PathURL string
		User, Password               string
	}
	if err := emulator.call("POST", "/sandboxes", body, &made, 0); err != nil {
		t.Fatalf("respace: %v", err)
	}
	own := &control{url: emulator.url + "/sandboxes/" + url.PathEscape(made.ID), token: emulator.token}
	s := &Server{
		ID: made.ID, URL: strings.TrimSuffix(made.PathURL, "/rest/"), RestURL: made.RestURL, PathURL: made.PathURL, ControlURL: own.url,
		APIKey: made.APIKey, User: made.User, Password: made.Password, t: t, control: own,
	}
	s.Faults, s.Clock, s.Journal, s.Accounts = &Faults{s}, &Clock{s}, &Journal{s}, &Accounts{s}
	s.Files, s.Sessions, s.System, s.Snapshots = &Files{s}, &Sessions{s}, &System{s}, &Snapshots{s}
	t.Cleanup(s.remove)
	return s
}

// shownCalls is how many exchanges a failing test logs.
const shownCalls = 10

func (s *Server) remove() {
	s.t.Helper()
	if s.removed {
		return
	}
	s.removed = true
	if s.t.Failed() {
		s.logLastCalls()
	} else {
		s.reportUnfired()
	}
	if err := s.control.call("DELETE", "", nil, nil, 0); err != nil {
		s.t.Errorf("respace: %v", err)
	}
}

func (s *Server) logLastCalls() {
	s.t.Helper()
	var found entries
	if err := s.control.call("POST", "/journal/find", Object{"last": shownCalls}, &found, 0); err != nil {
		s.t.Logf("respace: %v", err)
		return
	}
	lines := make([]string, 0, len(found.Entries))
	for _, entry := range found.Entries {
		lines = append(lines, entry.String())
	}
	if len(lines) == 0 {
		lines = append(lines, "nothing was called")
	}
	s.t.Logf("respace: the last calls of this test:\n%s", strings.Join(lines, "\n"))
}

func (s *Server) reportUnfired() {
	s.t.Helper()
	var faults []Fault
	if err := s.control.call("GET", "/faults", nil, &faults, 0); err != nil {
		s.t.Errorf("respace: %v", err)
	}
	for _, fault := range faults {
		if fault.Hits == 0 {
			s.t.Errorf("respace: fault %s was never applied: %s", fault.ID, fault.describeRule())
		}
	}
}

// Call makes any control call of this sandbox, such as Call("GET", "/health", nil, &health), and returns what went wrong instead of ending
// the test. An answer in JSON is decoded into a pointer, any other is stored in a *string or *[]byte.
func (s *Server) Call(verb, path string, body, answer any) error {
	return s.control.call(verb, path, body, answer, 0)
}

func (s *Server) do(verb, path string, body, answer any) {
	s.t.Helper()
	if err := s.control.call(verb, path, body, answer, 0); err != nil {
		s.t.Fatalf("respace: %v", err)
	}
}

// Lint lists what clients did against the guide, each once.
func (s *Server) Lint() []string {
	s.t.Helper()
	return s.Journal.Lint()
}

// Judge reports what the client does right and wrong.
func (s *Server) Judge() JudgeReport {
	s.t.Helper()
	var report JudgeReport
	s.do("GET", "/judge", nil, &report)
	return report
}

// JudgeAs writes that report as "html", "junit" or "md".
func (s *Server) JudgeAs(format string) string {
	s.t.Helper()
	var text string
	s.do("GET", "/judge/"+url.PathEscape(format), nil, &text)
	return text
}

// Outbox lists the mails that were written, the oldest first. None leaves the emulator.
func (s *Server) Outbox() []Mail {
	s.t.Helper()
	var mails []Mail
	s.do("GET", "/outbox", nil, &mails)
	return mails
}

// Seed replaces everything by "demo", "none", a seed as data, or one as YAML.
func (s *Server) Seed(seed any) {
	s.t.Helper()
	if text, isText := seed.(string); isText {
		seed = []byte(text)
	}
	s.do("POST", "/seed", seed, nil)
}

// Reset restores what the seed created, with the same ids, and removes faults and journal entries.
func (s *Server) Reset() {
	s.t.Helper()
	s.do("POST", "/reset", nil, nil)
}

// RepeatIDs makes keys and ids the same after each call with this seed; nil makes them random.
func (s *Server) RepeatIDs(seed any) {
	s.t.Helper()
	s.do("PUT", "/ids", Object{"seed": seed}, nil)
}

func written(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// String shows the exchange in a line.
func (e Entry) String() string {
	what := e.Method
	if what == "" {
		what = e.Verb + " " + e.Path
	}
	answer := e.State
	if e.Response.Status != 0 {
		answer = fmt.Sprint(e.Response.Status)
	}
	if e.Code != 0 {
		answer += fmt.Sprintf(" error %d", e.Code)
	}
	if e.Fault != "" {
		answer += " by fault " + e.Fault
	}
	return fmt.Sprintf("%4d %s%s -> %s", e.ID, what, e.describeParams(), answer)
}
