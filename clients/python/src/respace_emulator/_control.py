"""Control calls over HTTP: JSON in, JSON or text out, and every refusal as an exception."""
from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, Dict, List, Mapping, Optional, Union
from urllib.parse import quote

#: Seconds a control call may take; `journal.wait` adds its own timeout.
TIMEOUT = 30.0
#: Bytes of an answer. The journal of a sandbox takes at most 32 MiB.
MAX_ANSWER = 256 * 1024 * 1024

# Control calls are for this machine or a container beside it: proxies of the environment are for clients under test.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ControlError(Exception):
    """A control call was refused. `status` is that of HTTP, 0 when nothing answered; `problem` has `detail`, `hint` and `pointer`."""

    def __init__(self, message: str, status: int = 0, problem: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(message)
        self.status = status
        self.problem: Mapping[str, Any] = problem or {}


class VerificationError(AssertionError):
    """The journal does not have what the test expected. The message has the nearest exchanges; `closest` has them as data."""

    def __init__(self, message: str, closest: List[Dict[str, Any]]) -> None:
        super().__init__(message)
        self.closest = closest


class UnfiredFaultError(AssertionError):
    """A fault was armed and never applied: the test has not tried what it says."""


class Control:
    """Sends control calls to one server: the emulator, or one of its sandboxes."""

    def __init__(self, url: str, token: Optional[str] = None) -> None:
        self.url = url
        self._token = token

    def call(self, verb: str, path: str, body: Any = None, timeout: float = TIMEOUT) -> Any:
        """Calls `path` below the control address. Returns JSON as data, other answers as text, None for an empty one."""
        __tracebackhide__ = True  # pytest shows the line of the test.
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=verb)
        if self._token is not None:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with _OPENER.open(request, timeout=timeout) as answer:
                return _read(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                problem = _problem_of(refusal)
            raise _error_of(verb, path, refusal.code, problem) from None
        except OSError as error:
            reason = getattr(error, "reason", None) or error
            raise ControlError(f"{verb} {self.url}{path}: the emulator does not answer: {reason}") from None


def name(text: str) -> str:
    """One segment of a path."""
    return quote(text, safe="")


def _read(answer: Any) -> Any:
    raw: bytes = answer.read(MAX_ANSWER + 1)
    if len(raw) > MAX_ANSWER:
        raise ControlError(f"an answer has more than {MAX_ANSWER} bytes; clear the journal between tests")
    if not raw:
        return None
    kind = answer.headers.get_content_type()
    if kind == "application/json":
        return json.loads(raw)
    return raw if kind == "application/x-tar" else raw.decode()


def _problem_of(refusal: urllib.error.HTTPError) -> Dict[str, Any]:
    try:
        found = json.loads(refusal.read(MAX_ANSWER))
        return found if isinstance(found, dict) else {}
    except (ValueError, OSError):
        return {}


def _error_of(verb: str, path: str, status: int, problem: Dict[str, Any]) -> Union[ControlError, VerificationError]:
    detail = str(problem.get("detail", f"HTTP status {status} without an explanation: is this an emulator?"))
    hint = problem.get("hint")
    if status == 406:
        closest: List[Dict[str, Any]] = problem.get("closest") or []
        rest = f"; the nearest:\n{_describe(closest)}" if closest else f"; {hint}"
        return VerificationError(detail + rest, closest)
    if status == 408:
        return VerificationError(f"{detail}; {hint}", [])
    pointer = problem.get("pointer")
    place = f"{pointer}: " if pointer and pointer not in detail else ""
    return ControlError(f"{verb} {path}: {place}{detail}{f'; {hint}' if hint else ''}", status, problem)


def _describe(misses: List[Dict[str, Any]]) -> str:
    lines = []
    for miss in misses:
        what = miss["method"] or f"{miss['phase']} {miss['verb']} {miss['path']}"
        lines.append(f"  exchange {miss['id']}, {what}:")
        for part in miss["diff"]:
            actual = "none" if part["actual"] is None else json.dumps(part["actual"])
            lines.append(f"    expected {part['expected']}, got {actual}")
    return "\n".join(lines)
