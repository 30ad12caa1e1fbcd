package respacetest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/respace/respace/clients/go/respacetest"
)

// ask calls the API as any client does, and returns the answer.
func ask(t *testing.T, server *respacetest.Server, method string) string {
	t.Helper()
	query := url.Values{"method": {method}, "api_key": {server.APIKey}, "api_version": {"1.0"}}
	response, err := http.Get(server.RestURL + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestFaultIsSeenByAPlainClient(t *testing.T) {
	server := respacetest.New(t)
	fault := server.Faults.Add(respacetest.Object{"match": respacetest.Object{"method": "auth.createToken"}, "times": 1, "answer": "error:15"})
	if answer := ask(t, server, "auth.createToken"); !strings.Contains(answer, `code="15"`) {
		t.Fatal(answer)
	}
	if answer := ask(t, server, "auth.createToken"); !strings.Contains(answer, "<token>") {
		t.Fatal(answer)
	}
	if spent := server.Faults.Get(fault.ID); spent.State != "spent" || spent.Hits != 1 {
		t.Fatalf("%+v", spent)
	}
	server.Journal.Verify(respacetest.Object{"method": "auth.createToken", "times": 2})
	server.Journal.VerifyOrder(respacetest.Object{"code": 15}, respacetest.Object{"code": 0})
}

// meeting lets two tests wait for each other, so that both sandboxes are open and used at the same time.
type meeting struct{ first, second chan struct{} }

func (m meeting) meet(t *testing.T, mine, other chan struct{}) {
	t.Helper()
	close(mine)
	select {
	case <-other:
	case <-time.After(20 * time.Second):
		t.Fatal("the other test never came")
	}
}

func TestTwoTestsInParallelAreIsolated(t *testing.T) {
	met := meeting{make(chan struct{}), make(chan struct{})}
	for name, each := range map[string]struct{ mine, other chan struct{} }{"carol": {met.first, met.second}, "erin": {met.second, met.first}} {
		name, each := name, each
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := respacetest.New(t, respacetest.WithSeed("none"))
			server.Accounts.Add(respacetest.Object{"user": name, "password": "secret"})
			server.Faults.Add(respacetest.Object{"answer": respacetest.Object{"error": 27, "info": name}})
			met.meet(t, each.mine, each.other)
			if answer := ask(t, server, "auth.createToken"); !strings.Contains(answer, name) {
				t.Error(answer)
			}
			if accounts := server.Accounts.List(); len(accounts) != 1 || accounts[0].User != name {
				t.Errorf("%+v", accounts)
			}
			server.Journal.Verify(respacetest.Object{"times": 1})
		})
	}
}

func TestEveryMember(t *testing.T) {
	server := respacetest.New(t, respacetest.WithClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	if now := server.Clock.Now(); !now.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Error(now)
	}
	if advanced := server.Clock.Advance(25 * time.Hour); !advanced.Now.Equal(time.Date(2026, 1, 2, 1, 0, 0, 0, time.UTC)) {
		t.Error(advanced)
	}
	server.Clock.Freeze(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	server.Clock.Shift(-time.Hour)
	server.Clock.Reset()
	if off := time.Since(server.Clock.Now()); off > time.Minute || off < -time.Minute {
		t.Error(off)
	}

	if account := server.Accounts.Set("demo", respacetest.Object{"diskspace": respacetest.Object{"left": 10}}); account.Diskspace.Left != 10 {
		t.Errorf("%+v", account)
	}
	if account := server.Accounts.Get("demo"); account.Membership.Type != "Pro" || account.Capabilities.Upload != 1 {
		t.Errorf("%+v", account)
	}
	server.Accounts.Set("demo", respacetest.Object{"diskspace": respacetest.Object{"limit": nil}})
	added := server.Files.Add("demo", respacetest.Object{"name": "a.txt", "content": "hello"})
	if file := server.Files.Set(added.ID, respacetest.Object{"available": false}); file.Available || file.Size != 5 {
		t.Errorf("%+v", file)
	}
	if file := server.Files.Get(added.ID); file.Available || file.Name != "a.txt" {
		t.Errorf("%+v", file)
	}
	server.Snapshots.Save("before")
	server.Seed("none")
	if files := server.Files.List(); len(files) != 0 {
		t.Errorf("%+v", files)
	}
	server.Snapshots.Restore("before")
	server.Snapshots.Remove("before")
	if _, err := http.PostForm(server.URL+"/rest/", url.Values{"method": {"auth.createToken"}, "api_key": {"OTHER00001"}, "api_version": {"1.0"}, "app_verson": {"1"}}); err != nil {
		t.Fatal(err)
	}
	entries := server.Journal.Wait(respacetest.Object{"method": "auth.createToken"}, time.Second)
	if len(entries) != 1 || entries[0].Response.Status != 200 || entries[0].Verb != "POST" {
		t.Errorf("%+v", entries)
	}
	if lint := server.Lint(); len(lint) != 1 || !strings.Contains(lint[0], "app_version") {
		t.Error(lint)
	}
	if report := server.Judge(); report.Counts.Wrong != 1 || report.Findings[0].Rule != "client.call/unknown-parameter" {
		t.Errorf("%+v", report)
	}
	if text := server.JudgeAs("md"); !strings.Contains(text, "1 wrong") {
		t.Error(text)
	}
	if found := server.Journal.Find(respacetest.Object{"last": 1}); len(found) != 1 || server.Journal.Count(nil) != 1 {
		t.Errorf("%+v", found)
	}
	if har := string(server.Journal.HAR()); !strings.Contains(har, `"version"`) {
		t.Error(har)
	}
	server.Journal.Clear()
	if left := server.Journal.List(); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	server.System.Set(respacetest.Object{"maintenance": true})
	if server.System.Get()["maintenance"] != true {
		t.Error(server.System.Get())
	}
	server.RepeatIDs(42)
	if mails := server.Outbox(); len(mails) != 0 {
		t.Errorf("%+v", mails)
	}
	server.Seed("demo")
	server.Accounts.Set("demo", respacetest.Object{"maxSessions": 3})
	server.Reset()
	if account := server.Accounts.Get("demo"); account.MaxSessions == 3 {
		t.Errorf("%+v", account)
	}
	if sessions := server.Sessions.List(); len(sessions) != 0 {
		t.Errorf("%+v", sessions)
	}
	fault := server.Faults.Add(respacetest.Object{"answer": "reset"})
	server.Faults.Remove(fault.ID)
	server.Faults.Add(respacetest.Object{"answer": "reset"})
	server.Faults.Clear()
	if faults := server.Faults.List(); len(faults) != 0 {
		t.Errorf("%+v", faults)
	}
	err := server.Call("PATCH", "/accounts/demo", respacetest.Object{"maxSesions": 1}, nil)
	if err == nil || !strings.Contains(err.Error(), "did you mean maxSessions") {
		t.Error(err)
	}
}
