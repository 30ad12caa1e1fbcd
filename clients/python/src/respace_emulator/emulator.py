"""The emulator as a process that ends with this one, or one that runs already."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import threading
from datetime import datetime
from types import TracebackType
from typing import IO, Any, List, Mapping, Optional, Sequence, Type, Union

from ._control import Control, ControlError, name
from .sandbox import Sandbox, _given, _written

#: Seconds until it answers; `npx` looks for the package first.
START_TIMEOUT = 60.0
#: What npx says when there is no such package is about its registry.
HINT = "if Respace is not installed in this folder, install it by npm, put respace on the PATH, or set RESPACE_COMMAND"
#: Seconds until it has ended.
END_TIMEOUT = 20.0
#: Characters of what it says that are kept.
MAX_SAID = 8192


class StartError(Exception):
    """There is no emulator: none was found, or it does not start. The message says what was tried."""


class Emulator:
    """Opens sandboxes. `Emulator.start()` starts a process, which ends with this one in any case; `Emulator.connect(…)` uses one that runs."""

    def __init__(self, control: Control, process: Optional[_Process] = None) -> None:
        self.control_url = control.url
        #: Without a final slash.
        self.url = control.url[:-len("/_emulator/v1")]
        self._control = control
        self._process = process

    @classmethod
    def start(cls, options: Sequence[str] = (), command: Optional[Sequence[str]] = None) -> Emulator:
        """Starts `respace dev` on a free port with more `options`, such as `["--strict", "fail"]`. Raises StartError."""
        process = _Process([*(command or find_command()), "dev", "--port", "0", "--seed", "none", "--exit-on-stdin-close", *options])
        return cls(Control(process.url + "/_emulator/v1"), process)

    @classmethod
    def connect(cls, address: str, token: Optional[str] = None) -> Emulator:
        """Uses the emulator at an address: its own, or that of its control calls. Raises StartError when none is there."""
        url = re.sub(r"(/_emulator/v1)?/*$", "", address)
        control = Control(url + "/_emulator/v1", token)
        try:
            if not isinstance(control.call("GET", "/health"), dict):
                raise ControlError("something else answers")
        except ControlError as error:
            raise StartError(f"there is no emulator at {url}: {error}") from None
        return cls(control)

    @classmethod
    def open(cls, options: Sequence[str] = ()) -> Emulator:
        """Uses the emulator that RESPACE_CONTROL_URL or RESPACE_URL names, with RESPACE_CONTROL_TOKEN; without them starts one with these options."""
        address = os.environ.get("RESPACE_CONTROL_URL") or os.environ.get("RESPACE_URL")
        return cls.connect(address, os.environ.get("RESPACE_CONTROL_TOKEN")) if address else cls.start(options)

    @property
    def pid(self) -> Optional[int]:
        """Of the process that was started; None for an emulator that ran already."""
        return None if self._process is None else self._process.child.pid

    def sandbox(self, seed: Union[str, Mapping[str, Any]] = "demo", clock: Union[datetime, str, None] = None,
                ids: Union[int, str, None] = None, id: Optional[str] = None) -> Sandbox:
        """Opens a server of its own, with the demo accounts or another seed. `clock` freezes its time, `ids` makes its ids repeatable."""
        body = {"seed": seed, **_given(id=id, ids=ids, clock=None if clock is None else _written(clock))}
        described = self._control.call("POST", "/sandboxes", body)
        return Sandbox(described, Control(f"{self.control_url}/sandboxes/{name(described['id'])}", self._control._token))

    def close(self) -> None:
        """Ends the process that was started, and waits until it has ended."""
        if self._process is not None:
            self._process.end()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()


def find_command() -> List[str]:
    """RESPACE_COMMAND, else `respace` on the PATH, else the package of this folder by `npx`. Raises StartError."""
    written = os.environ.get("RESPACE_COMMAND")
    if written:
        return shlex.split(written)
    found = shutil.which("respace")
    if found:
        return [found]
    npx = shutil.which("npx")
    if npx:
        # Never a package that happens to have this name in a registry.
        return [npx, "--no-install", "respace"]
    raise StartError("found no emulator: set RESPACE_COMMAND, put respace on the PATH, or install it in this folder by npm")


class _Process:
    """`respace dev`. It ends when its standard input closes, which the system does even when this process is killed."""

    def __init__(self, command: Sequence[str]) -> None:
        self._said: List[str] = []
        self._url: Optional[str] = None
        self._ready = threading.Event()
        try:
            # In a session of its own: Ctrl-C ends the tests, and they end the emulator once they have tidied up.
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace", start_new_session=True)
        except OSError as error:
            raise StartError(f"{shlex.join(command)}: {error.strerror or error}") from None
        # What it says is always read: a full pipe would stop it.
        self._readers = [threading.Thread(target=read, args=(stream,), daemon=True) for read, stream in ((self._read_greeting, self.child.stdout), (self._keep, self.child.stderr))]
        for reader in self._readers:
            reader.start()
        self.url = self._wait(command)

    def _wait(self, command: Sequence[str]) -> str:
        in_time = self._ready.wait(START_TIMEOUT)
        if self._url is not None:
            return self._url
        self.end()
        said = "".join(self._said).strip() or "it said nothing"
        reason = f"ended with {self.child.returncode}" if in_time else f"did not answer within {START_TIMEOUT:.0f} s"
        hint = f"; {HINT}" if "--no-install" in command else ""
        raise StartError(f"{shlex.join(command)} {reason}{hint}: {said}")

    def _read_greeting(self, stream: IO[str]) -> None:
        for line in stream:
            found = re.match(r"Respace emulator on (http\S+), ", line)
            if found and self._url is None:
                self._url = found[1]
                self._ready.set()
        self._ready.set()

    def _keep(self, stream: IO[str]) -> None:
        for line in stream:
            self._said.append(line[:MAX_SAID])
            while sum(map(len, self._said)) > MAX_SAID:
                del self._said[0]

    def end(self) -> None:
        if self.child.stdin is not None:
            self.child.stdin.close()
        try:
            self.child.wait(END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for reader in self._readers:
            reader.join(END_TIMEOUT)
        for stream in (self.child.stdout, self.child.stderr):
            if stream is not None:
                stream.close()
