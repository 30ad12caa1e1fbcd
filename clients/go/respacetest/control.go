package respacetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// callTimeout is how long a control call may take beside what it waits for.
	callTimeout = 30 * time.Second
	// maxAnswer is in bytes. The journal of a sandbox takes at most 32 MiB.
	maxAnswer = 256 << 20
)

// ControlError is a control call that was refused. Status is that of HTTP: 406 for a journal that does not have what was expected.
type ControlError struct {
	Status  int
	Message string
	Closest []NearMiss
}

func (e *ControlError) Error() string { return e.Message }

// NearMiss is an exchange that is nearly what was expected, and what is different.
type NearMiss struct {
	ID                        int
	Method, Phase, Verb, Path string
	Diff                      []struct {
		Field, Expected string
		Actual          *string
	}
}

// control sends control calls to one server: the emulator, or one of its sandboxes.
type control struct{ url, token string }

// Proxies of the environment are for clients under test.
var client = &http.Client{Transport: &http.Transport{Proxy: nil}}

func (c *control) call(verb, path string, body, answer any, extra time.Duration) error {
	sent, err := encode(body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", verb, path, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout+extra)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, verb, c.url+path, sent)
	if err != nil {
		return err
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the emulator does not answer: %w", err)
	}
	defer response.Body.Close()
	received, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("%s %s: %w", verb, path, err)
	}
	if len(received) > maxAnswer {
		return fmt.Errorf("%s %s: the answer has more than %d bytes; clear the journal between tests", verb, path, maxAnswer)
	}
	if response.StatusCode >= 300 {
		return refusalOf(verb, path, response.StatusCode, received)
	}
	if err := decode(received, answer); err != nil {
		return fmt.Errorf("%s %s: an answer that is not from an emulator: %w", verb, path, err)
	}
	return nil
}

func encode(body any) (io.Reader, error) {
	switch given := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return bytes.NewReader(given), nil
	}
	written, err := json.Marshal(body)
	return bytes.NewReader(written), err
}

func decode(received []byte, answer any) error {
	switch into := answer.(type) {
	case nil:
		return nil
	case *string:
		*into = string(received)
		return nil
	case *[]byte:
		*into = received
		return nil
	}
	return json.Unmarshal(received, answer)
}

func refusalOf(verb, path string, status int, received []byte) error {
	var problem struct {
		Detail, Hint, Pointer string
		Closest               []NearMiss
	}
	if json.Unmarshal(received, &problem) != nil || problem.Detail == "" {
		problem.Detail = fmt.Sprintf("HTTP status %d without an explanation: is this an emulator?", status)
	}
	message := problem.Detail
	switch {
	case len(problem.Closest) > 0:
		message += "; the nearest:\n" + describe(problem.Closest)
	case problem.Hint != "":
		message += "; " + problem.Hint
	}
	if status != http.StatusNotAcceptable && status != http.StatusRequestTimeout {
		if problem.Pointer != "" && !strings.Contains(message, problem.Pointer) {
			message = problem.Pointer + ": " + message
		}
		message = verb + " " + path + ": " + message
	}
	return &ControlError{Status: status, Message: message, Closest: problem.Closest}
}

func describe(misses []NearMiss) string {
	var lines []string
	for _, miss := range misses {
		what := miss.Method
		if what == "" {
			what = miss.Phase + " " + miss.Verb + " " + miss.Path
		}
		lines = append(lines, fmt.Sprintf("  exchange %d, %s:", miss.ID, what))
		for _, part := range miss.Diff {
			actual := "none"
			if part.Actual != nil {
				actual = fmt.Sprintf("%q", *part.Actual)
			}
			lines = append(lines, fmt.Sprintf("    expected %s, got %s", part.Expected, actual))
		}
	}
	return strings.Join(lines, "\n")
}
