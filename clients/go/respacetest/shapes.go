package respacetest

import (
	"bytes"
	"encoding/json"
	"sort"
	"strings"
	"time"
)

// Fault is an armed fault. State is "armed", "spent" or "expired"; Remaining is nil without end; Rule is the rule as it was understood.
type Fault struct {
	ID        string
	Hits      int
	Remaining *int
	State     string
	Warnings  []string
	Rule      json.RawMessage
}

func (f Fault) describeRule() string {
	var line bytes.Buffer
	if json.Compact(&line, f.Rule) != nil {
		return string(f.Rule)
	}
	return line.String()
}

type entries struct{ Entries []Entry }

// Entry is an exchange in the journal. Secrets are hashes, bytes of files size and SHA-256. State is "running", "answered" or "cut".
type Entry struct {
	ID        int
	At        time.Time
	StartedAt time.Time
	MS        float64
	Phase     string
	Verb      string
	Path      string
	// Method is empty for what is no call of the API.
	Method    string
	User      string
	Code      int
	Params    map[string]string
	FileNames []string
	Request   struct {
		Host, ContentType, UserAgent string
		Size                         int64
		Headers                      map[string]string
		Files                        []SeenFile
	}
	Response struct {
		Status            int
		Size              int64
		ContentType, Text string
	}
	// Fault is the id of the fault that was applied.
	Fault string
	Lint  []struct{ Kind, Name, Problem string }
	State string
	// Left tells that the client closed before the answer had gone.
	Left bool
}

// maxValue is how much of a value a failing test shows.
const maxValue = 60

func (e Entry) describeParams() string {
	names := make([]string, 0, len(e.Params))
	for name := range e.Params {
		if name != "method" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var line strings.Builder
	for _, name := range names {
		value := []rune(e.Params[name])
		if len(value) > maxValue {
			value = value[:maxValue]
		}
		line.WriteString(" " + name + "=" + string(value))
	}
	return line.String()
}

// SeenFile is a file in a request.
type SeenFile struct {
	Field, Name, SHA256 string
	Size                int64
}

// Limit is in bytes; -1 is unlimited.
type Limit struct{ Limit, Used, Left int64 }

// Account is the state of an account. Membership.Ends is nil when it does not end.
type Account struct {
	User, FullName, Email string
	Membership            struct {
		Type string
		Ends *time.Time
	}
	Diskspace, Bandwidth     Limit
	MaxSessions, MaxContacts int
	Capabilities             struct{ Upload, Download, Folders, Files int }
	HTTPS                    string
	Disabled                 bool
}

// File is a file of an account.
type File struct {
	ID, Name  string
	Size      int64
	Downloads int
	Available bool
	// Owner is set by List.
	Owner string
}

// Session is a session of an account.
type Session struct {
	User, Version string
	LastUsedAt    time.Time
	Expired       bool
}

// Mail is a mail that was written.
type Mail struct{ To, Subject, Text, HTML string }

// Advanced is what fell due while the clock was advanced. Ran has the numbers by name: "sessionsExpired", "filesDeleted" and others.
type Advanced struct {
	Now    time.Time
	Ran    map[string]int
	Events []struct {
		At                     time.Time
		What, User, File, Name string
	}
}

// JudgeReport is what clients did right and wrong.
type JudgeReport struct {
	Exchanges int
	Counts    struct{ Wrong, Risky, Note int }
	Findings  []struct {
		Rule, Level string
		Times       int
		Sentences   []string
		Law         []string
	}
}
