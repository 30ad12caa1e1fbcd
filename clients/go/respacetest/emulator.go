package respacetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"
)

// startTimeout is how long the emulator may take until it answers: npx looks for the package first.
const startTimeout = 60 * time.Second

const controlPath = "/_emulator/v1"

var shared struct {
	once    sync.Once
	control *control
	err     error
	// input keeps the emulator running: the system closes it when this program ends, also when it is killed.
	input io.Closer
}

// sharedEmulator is that of RESPACE_CONTROL_URL or RESPACE_URL, or one that the first test of this program starts.
func sharedEmulator() (*control, error) {
	shared.once.Do(func() {
		address := os.Getenv("RESPACE_CONTROL_URL")
		if address == "" {
			address = os.Getenv("RESPACE_URL")
		}
		if address != "" {
			shared.control, shared.err = connect(address, os.Getenv("RESPACE_CONTROL_TOKEN"))
			return
		}
		command, err := findCommand()
		if err != nil {
			shared.err = err
			return
		}
		shared.control, shared.input, shared.err = start(command)
	})
	return shared.control, shared.err
}

func connect(address, token string) (*control, error) {
	url := strings.TrimSuffix(strings.TrimRight(address, "/"), controlPath)
	found := &control{url: strings.TrimRight(url, "/") + controlPath, token: token}
	var health struct{ Status string }
	if err := found.call("GET", "/health", nil, &health, 0); err != nil {
		return nil, fmt.Errorf("there is no emulator at %s: %w", url, err)
	}
	return found, nil
}

// findCommand is RESPACE_COMMAND, else respace on the PATH, else the package of this folder by npx.
func findCommand() ([]string, error) {
	if words := strings.Fields(os.Getenv("RESPACE_COMMAND")); len(words) > 0 {
		return words, nil
	}
	if found, err := exec.LookPath("respace"); err == nil {
		return []string{found}, nil
	}
	if npx, err := exec.LookPath("npx"); err == nil {
		// Never a package that happens to have this name in a registry.
		return []string{npx, "--no-install", "respace"}, nil
	}
	return nil, errors.New("found no emulator: set RESPACE_COMMAND, put respace on the PATH, or install it in this folder by npm")
}

var greeting = regexp.MustCompile(`^Respace emulator on (http\S+), `)

func start(command []string) (*control, io.Closer, error) {
	child := exec.Command(command[0], append(command[1:], "dev", "--port", "0", "--seed", "none", "--exit-on-stdin-close")...)
	said := &tail{}
	child.Stderr = said
	input, err := child.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	output, err := child.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := child.Start(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	urls := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if found := greeting.FindStringSubmatch(lines.Text()); found != nil {
				urls <- found[1]
				break
			}
		}
		close(urls)
		// What it says is always read: a full pipe would stop it.
		_, _ = io.Copy(io.Discard, output)
	}()
	select {
	case url, isReady := <-urls:
		if isReady {
			return &control{url: url + controlPath}, input, nil
		}
		_ = input.Close()
		err = child.Wait()
		return nil, nil, fmt.Errorf("%s ended (%v)%s: %s", strings.Join(command, " "), err, hintFor(command), said)
	case <-time.After(startTimeout):
		_ = child.Process.Kill()
		return nil, nil, fmt.Errorf("%s did not answer within %s: %s", strings.Join(command, " "), startTimeout, said)
	}
}

// hintFor explains what npx says when there is no such package: that is about its registry.
func hintFor(command []string) string {
	if len(command) < 2 || command[1] != "--no-install" {
		return ""
	}
	return "; if Respace is not installed in this folder, install it by npm, put respace on the PATH, or set RESPACE_COMMAND"
}

// maxSaid is how many bytes of what the emulator says are kept.
const maxSaid = 8192

// tail keeps the end of what is written to it.
type tail struct {
	mutex sync.Mutex
	text  []byte
}

func (t *tail) Write(more []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, more...)
	if len(t.text) > maxSaid {
		t.text = append([]byte(nil), t.text[len(t.text)-maxSaid:]...)
	}
	return len(more), nil
}

func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.text) == 0 {
		return "it said nothing"
	}
	return strings.TrimSpace(string(t.text))
}
