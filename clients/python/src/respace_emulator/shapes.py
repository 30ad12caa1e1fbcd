"""Shapes of what control calls take and answer, for type checkers. docs/emulator.md has all members of all shapes."""
from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, TypedDict, Union

#: A text with `*`, or an object such as `{"regex": "^bytes="}`.
Matcher = Union[str, Mapping[str, Any]]


class Match(TypedDict, total=False):
    """Which exchanges a fault applies to."""
    method: str
    phase: str
    user: str
    params: Mapping[str, Union[str, int]]
    fileName: str


class FaultRule(TypedDict, total=False):
    """What `faults.add` takes."""
    match: Match
    skip: int
    times: int
    ttlMs: Union[int, str]
    effect: str
    answer: Union[str, Mapping[str, Any]]
    sequence: Sequence[Union[str, Mapping[str, Any]]]
    force: bool


class Fault(TypedDict):
    """An armed fault."""
    id: str
    hits: int
    remaining: Optional[int]
    state: str
    warnings: List[str]
    rule: Dict[str, Any]


class Query(TypedDict, total=False):
    """Which exchanges the journal is asked for: all that is given must hold."""
    method: str
    phase: str
    user: Matcher
    params: Mapping[str, Matcher]
    headers: Mapping[str, Matcher]
    fileName: Matcher
    verb: Matcher
    path: Matcher
    code: Union[int, str]
    status: Union[int, str]
    fault: bool
    lint: bool
    state: str
    since: int
    match: Mapping[str, Any]


class Entry(TypedDict):
    """An exchange in the journal."""
    id: int
    at: str
    startedAt: str
    ms: Optional[float]
    phase: str
    verb: str
    path: str
    method: Optional[str]
    user: Optional[str]
    code: Optional[int]
    params: Dict[str, str]
    sent: List[Dict[str, Any]]
    fileNames: List[str]
    request: Dict[str, Any]
    response: Dict[str, Any]
    fault: Optional[str]
    lint: List[Dict[str, str]]
    state: str
    left: bool


class Limit(TypedDict):
    """Bytes; -1 is unlimited."""
    limit: int
    used: int
    left: int


class Account(TypedDict):
    """The state of an account."""
    user: str
    fullName: str
    email: str
    membership: Dict[str, Optional[str]]
    diskspace: Limit
    bandwidth: Limit
    maxSessions: int
    maxContacts: int
    capabilities: Dict[str, int]
    https: str
    disabled: bool


class File(TypedDict):
    """A file of an account."""
    id: str
    name: str
    size: int
    downloads: int
    available: bool


class Mail(TypedDict):
    """A mail that was written; none leaves the emulator."""
    to: str
    subject: str
    text: str
    html: str


class Clock(TypedDict, total=False):
    """The time of the server."""
    mode: str
    now: str
    by: str


class Advanced(TypedDict):
    """What fell due while the clock was advanced."""
    now: str
    ran: Dict[str, int]
    events: List[Dict[str, str]]
