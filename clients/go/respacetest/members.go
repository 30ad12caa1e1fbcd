package respacetest

import (
	"net/url"
	"time"
)

// Faults is what the server is made to do wrong.
type Faults struct{ s *Server }

// Add arms a fault: Object{"match": Object{"method": "files.delete"}, "times": 1, "answer": "error:9"}. One that could never apply ends the test.
func (f *Faults) Add(rule Object) Fault {
	f.s.t.Helper()
	var fault Fault
	f.s.do("POST", "/faults", rule, &fault)
	return fault
}

// List has all faults, in the order in which they were added.
func (f *Faults) List() []Fault {
	f.s.t.Helper()
	var faults []Fault
	f.s.do("GET", "/faults", nil, &faults)
	return faults
}

// Get tells how often a fault was applied.
func (f *Faults) Get(id string) Fault {
	f.s.t.Helper()
	var fault Fault
	f.s.do("GET", "/faults/"+url.PathEscape(id), nil, &fault)
	return fault
}

// Remove disarms a fault.
func (f *Faults) Remove(id string) {
	f.s.t.Helper()
	f.s.do("DELETE", "/faults/"+url.PathEscape(id), nil, nil)
}

// Clear disarms all faults.
func (f *Faults) Clear() {
	f.s.t.Helper()
	f.s.do("DELETE", "/faults", nil, nil)
}

// Clock is the time of the server.
type Clock struct{ s *Server }

// Now is its time.
func (c *Clock) Now() time.Time {
	c.s.t.Helper()
	var clock struct{ Now time.Time }
	c.s.do("GET", "/clock", nil, &clock)
	return clock.Now
}

// Freeze stops it at a moment.
func (c *Clock) Freeze(at time.Time) {
	c.s.t.Helper()
	c.s.do("PUT", "/clock", Object{"mode": "frozen", "now": written(at)}, nil)
}

// Shift lets it run at an offset from the real time.
func (c *Clock) Shift(by time.Duration) {
	c.s.t.Helper()
	c.s.do("PUT", "/clock", Object{"mode": "offset", "by": by.Milliseconds()}, nil)
}

// Advance advances it. What falls due in that time happens in order, each at its moment.
func (c *Clock) Advance(by time.Duration) Advanced {
	c.s.t.Helper()
	var advanced Advanced
	c.s.do("POST", "/clock/advance", Object{"by": by.Milliseconds()}, &advanced)
	return advanced
}

// Reset sets the real time.
func (c *Clock) Reset() {
	c.s.t.Helper()
	c.s.do("DELETE", "/clock", nil, nil)
}

// Journal has all exchanges with clients. A query is Object{"method": "auth.login", "code": 0}; nil matches all.
type Journal struct{ s *Server }

// List has the exchanges that are kept, the oldest first.
func (j *Journal) List() []Entry {
	j.s.t.Helper()
	var found entries
	j.s.do("GET", "/journal", nil, &found)
	return found.Entries
}

// Find has those that match; with "last" in the query the newest of them only.
func (j *Journal) Find(query Object) []Entry {
	j.s.t.Helper()
	var found entries
	j.s.do("POST", "/journal/find", orEmpty(query), &found)
	return found.Entries
}

// Count tells how many match.
func (j *Journal) Count(query Object) int {
	j.s.t.Helper()
	var found struct{ Count int }
	j.s.do("POST", "/journal/count", orEmpty(query), &found)
	return found.Count
}

// Verify ends the test, with the nearest exchanges, unless as many match as "times", or "atLeast" and "atMost", say; without them at least one.
func (j *Journal) Verify(expectation Object) {
	j.s.t.Helper()
	j.s.do("POST", "/journal/verify", orEmpty(expectation), nil)
}

// VerifyOrder ends the test unless exchanges began in this order; others may be between them.
func (j *Journal) VerifyOrder(order ...Object) {
	j.s.t.Helper()
	j.s.do("POST", "/journal/verify-order", Object{"order": order}, nil)
}

// defaultWait is that of the emulator.
const defaultWait = 5 * time.Second

// Wait returns once "count" (1) exchanges match, and ends the test after a timeout; 0 is five seconds.
func (j *Journal) Wait(query Object, timeout time.Duration) []Entry {
	j.s.t.Helper()
	if timeout == 0 {
		timeout = defaultWait
	}
	body := Object{"timeoutMs": timeout.Milliseconds()}
	for name, value := range query {
		body[name] = value
	}
	var found entries
	if err := j.s.control.call("POST", "/journal/wait", body, &found, timeout); err != nil {
		j.s.t.Fatalf("respace: %v", err)
	}
	return found.Entries
}

// HAR writes all exchanges as HAR 1.2.
func (j *Journal) HAR() []byte {
	j.s.t.Helper()
	var har []byte
	j.s.do("GET", "/journal/har", nil, &har)
	return har
}

// Lint lists what clients did against the guide, each once.
func (j *Journal) Lint() []string {
	j.s.t.Helper()
	var lint []string
	j.s.do("GET", "/journal/lint", nil, &lint)
	return lint
}

// Clear deletes all exchanges.
func (j *Journal) Clear() {
	j.s.t.Helper()
	j.s.do("DELETE", "/journal", nil, nil)
}

// Accounts has the state of accounts.
type Accounts struct{ s *Server }

// List has all accounts.
func (a *Accounts) List() []Account {
	a.s.t.Helper()
	var accounts []Account
	a.s.do("GET", "/accounts", nil, &accounts)
	return accounts
}

// Get has one account.
func (a *Accounts) Get(user string) Account {
	a.s.t.Helper()
	var account Account
	a.s.do("GET", "/accounts/"+url.PathEscape(user), nil, &account)
	return account
}

// Add adds an account, as a seed describes it.
func (a *Accounts) Add(account Object) Account {
	a.s.t.Helper()
	var added Account
	a.s.do("POST", "/accounts", account, &added)
	return added
}

// Set changes what is given: Set("demo", Object{"diskspace": Object{"left": 0}}).
func (a *Accounts) Set(user string, state Object) Account {
	a.s.t.Helper()
	var account Account
	a.s.do("PATCH", "/accounts/"+url.PathEscape(user), state, &account)
	return account
}

// Files has the files of all accounts.
type Files struct{ s *Server }

// List has all files.
func (f *Files) List() []File {
	f.s.t.Helper()
	var files []File
	f.s.do("GET", "/files", nil, &files)
	return files
}

// Get has one file.
func (f *Files) Get(id string) File {
	f.s.t.Helper()
	var file File
	f.s.do("GET", "/files/"+url.PathEscape(id), nil, &file)
	return file
}

// Add adds a file to an account, as a seed describes it: Add("demo", Object{"name": "a.txt", "content": "hello"}).
func (f *Files) Add(user string, file Object) File {
	f.s.t.Helper()
	var added File
	f.s.do("POST", "/accounts/"+url.PathEscape(user)+"/files", file, &added)
	return added
}

// Set changes a file: with Object{"available": false} its bytes can no longer be read.
func (f *Files) Set(id string, state Object) File {
	f.s.t.Helper()
	var file File
	f.s.do("PATCH", "/files/"+url.PathEscape(id), state, &file)
	return file
}

// Sessions has the sessions of all accounts.
type Sessions struct{ s *Server }

// List has all sessions.
func (s *Sessions) List() []Session {
	s.s.t.Helper()
	var sessions []Session
	s.s.do("GET", "/sessions", nil, &sessions)
	return sessions
}

// Expire ends a session as if it had been idle.
func (s *Sessions) Expire(key string) {
	s.s.t.Helper()
	s.s.do("POST", "/sessions/"+url.PathEscape(key)+"/expire", nil, nil)
}

// System is the state of the server as a whole.
type System struct{ s *Server }

// Get has "maintenance", "uploads", "downloads" and more.
func (s *System) Get() Object {
	s.s.t.Helper()
	var system Object
	s.s.do("GET", "/system", nil, &system)
	return system
}

// Set changes what is given: Set(Object{"maintenance": true}).
func (s *System) Set(state Object) Object {
	s.s.t.Helper()
	var system Object
	s.s.do("PATCH", "/system", state, &system)
	return system
}

// Snapshots are saved states: rows, bytes, clock, system.
type Snapshots struct{ s *Server }

// Save saves the state under a name.
func (s *Snapshots) Save(name string) {
	s.s.t.Helper()
	s.s.do("POST", "/snapshots", Object{"name": name}, nil)
}

// Restore restores that state, sessions included.
func (s *Snapshots) Restore(name string) {
	s.s.t.Helper()
	s.s.do("POST", "/snapshots/"+url.PathEscape(name)+"/restore", nil, nil)
}

// Remove deletes a snapshot.
func (s *Snapshots) Remove(name string) {
	s.s.t.Helper()
	s.s.do("DELETE", "/snapshots/"+url.PathEscape(name), nil, nil)
}

func orEmpty(query Object) Object {
	if query == nil {
		return Object{}
	}
	return query
}
