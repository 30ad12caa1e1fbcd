"""A sandbox: a server of its own inside the emulator, and all that a test can ask and set there."""
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Type, Union, cast

from ._control import TIMEOUT, Control, ControlError, UnfiredFaultError, name
from .shapes import Account, Advanced, Clock, Entry, Fault, FaultRule, File, Mail, Query


class Sandbox:
    """Closed by `close`, or at the end of a `with` block. Clients reach it by its `api_key`, or by `url`, which leads to nothing else."""

    def __init__(self, described: Mapping[str, Any], control: Control) -> None:
        self.id: str = described["id"]
        #: A key of this sandbox alone: with it `rest_url` leads here.
        self.api_key: str = described["apiKey"]
        self.rest_url: str = described["restUrl"]
        #: The endpoint of the API for clients that cannot choose their key.
        self.path_url: str = described["pathUrl"]
        #: Of all pages and endpoints of this sandbox; without a final slash.
        self.url: str = self.path_url[:-len("/rest/")]
        self.control_url: str = control.url
        self._user: Optional[str] = described["user"]
        self._password: Optional[str] = described["password"]
        self._control = control
        self.faults = Faults(control)
        self.clock = ServerClock(control)
        self.journal = Journal(control)
        self.accounts = Accounts(control)
        self.files = Files(control)
        self.sessions = Sessions(control)
        self.system = System(control)
        self.snapshots = Snapshots(control)
        self._open = True

    @property
    def user(self) -> str:
        """The first account of the seed. Raises ControlError when the seed has none."""
        return self._of_account(self._user)

    @property
    def password(self) -> str:
        """Its password."""
        return self._of_account(self._password)

    def _of_account(self, value: Optional[str]) -> str:
        if value is None:
            raise ControlError("the seed of this sandbox has no account; use the seed demo, or add one with accounts.add")
        return value

    def call(self, verb: str, path: str, body: Any = None) -> Any:
        """Makes any control call of this sandbox, such as `call("GET", "/health")`: JSON as data, other answers as text."""
        return self._control.call(verb, path, body)

    def lint(self) -> List[str]:
        """What clients did against the guide, each once."""
        return self.journal.lint()

    def judge(self) -> Dict[str, Any]:
        """What the client does right and wrong: `counts`, `findings`, `rules`, `codes` and more."""
        return cast(Dict[str, Any], self._control.call("GET", "/judge"))

    def judge_as(self, form: str) -> str:
        """The same as `html`, `junit` or `md`."""
        return cast(str, self._control.call("GET", f"/judge/{name(form)}"))

    def outbox(self) -> List[Mail]:
        """All mails that were written, the oldest first."""
        return cast(List[Mail], self._control.call("GET", "/outbox"))

    def seed(self, seed: Union[str, Mapping[str, Any]]) -> None:
        """Replaces everything by `demo`, `none`, a seed as data, or one as YAML."""
        self._control.call("POST", "/seed", seed.encode() if isinstance(seed, str) else seed)

    def reset(self) -> None:
        """Restores what the seed created, with the same ids; removes faults and journal entries."""
        self._control.call("POST", "/reset")

    def repeat_ids(self, seed: Union[int, str, None]) -> None:
        """Keys and ids are the same after each call with this seed; None makes them random."""
        self._control.call("PUT", "/ids", {"seed": seed})

    def close(self, unfired: str = "fail") -> None:
        """Removes the sandbox. Raises UnfiredFaultError if a fault was never applied, unless called with `unfired="ignore"`."""
        if unfired not in ("fail", "ignore"):
            raise ValueError(f'unfired is "fail" or "ignore", not {unfired!r}')
        if not self._open:
            return
        self._open = False
        try:
            never = [] if unfired == "ignore" else [fault for fault in self.faults.list() if fault["hits"] == 0]
        finally:
            self._control.call("DELETE", "")
        if never:
            raise UnfiredFaultError("; ".join(f"fault {fault['id']} was never applied: {json.dumps(fault['rule'])}" for fault in never))

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close(unfired="fail" if kind is None else "ignore")


class _Group:
    def __init__(self, control: Control) -> None:
        self._control = control


class Faults(_Group):
    """What the server is made to do wrong."""

    def add(self, rule: FaultRule) -> Fault:
        """Arms a fault. Raises ControlError with the reason for one that could never apply."""
        __tracebackhide__ = True
        return cast(Fault, self._control.call("POST", "/faults", rule))

    def list(self) -> List[Fault]:
        """All of them, in the order in which they were added."""
        return cast(List[Fault], self._control.call("GET", "/faults"))

    def get(self, id: str) -> Fault:
        """How often it was applied, and how often it will be."""
        return cast(Fault, self._control.call("GET", f"/faults/{name(id)}"))

    def remove(self, id: str) -> None:
        """Disarms one."""
        self._control.call("DELETE", f"/faults/{name(id)}")

    def clear(self) -> None:
        """Disarms all."""
        self._control.call("DELETE", "/faults")


class ServerClock(_Group):
    """The time of the server."""

    def now(self) -> datetime:
        """Its time, in UTC."""
        return _moment(self.get()["now"])

    def get(self) -> Clock:
        """`mode`, `now`, and while it runs `by`: the offset from the real time."""
        return cast(Clock, self._control.call("GET", "/clock"))

    def freeze(self, at: Union[datetime, str, None] = None) -> None:
        """Stops it at a moment with a time zone, or now."""
        self._control.call("PUT", "/clock", {"mode": "frozen", **({} if at is None else {"now": _written(at)})})

    def shift(self, by: Union[timedelta, str]) -> None:
        """Lets it run at an offset from the real time, such as `-PT1H`."""
        self._control.call("PUT", "/clock", {"mode": "offset", "by": _duration(by)})

    def advance(self, by: Union[timedelta, str]) -> Advanced:
        """Advances it, such as by `PT25H`. What falls due in that time happens in order, each at its moment."""
        return cast(Advanced, self._control.call("POST", "/clock/advance", {"by": _duration(by)}))

    def reset(self) -> None:
        """Sets the real time."""
        self._control.call("DELETE", "/clock")


class Journal(_Group):
    """All exchanges with clients."""

    def list(self) -> List[Entry]:
        """Those that are kept, the oldest first."""
        return self._entries(self._control.call("GET", "/journal"))

    def find(self, query: Optional[Query] = None, last: Optional[int] = None) -> List[Entry]:
        """Those that match; with `last` the newest of them only."""
        return self._entries(self._control.call("POST", "/journal/find", {**(query or {}), **_given(last=last)}))

    def count(self, query: Optional[Query] = None) -> int:
        """How many match. Raises VerificationError when so many were dropped that nobody knows."""
        __tracebackhide__ = True
        return cast(int, self._control.call("POST", "/journal/count", dict(query or {}))["count"])

    def verify(self, query: Query, times: Optional[int] = None, at_least: Optional[int] = None, at_most: Optional[int] = None) -> None:
        """Raises VerificationError with the nearest exchanges unless as many match; without a number at least one."""
        __tracebackhide__ = True
        self._control.call("POST", "/journal/verify", {**query, **_given(times=times, atLeast=at_least, atMost=at_most)})

    def verify_order(self, order: Sequence[Query], gaps: Optional[bool] = None, among: Optional[Query] = None) -> None:
        """Raises VerificationError unless exchanges began in this order; others may be between them, unless `gaps` is False."""
        __tracebackhide__ = True
        self._control.call("POST", "/journal/verify-order", {"order": list(order), **_given(gaps=gaps, among=among)})

    def wait(self, query: Query, count: int = 1, timeout: float = 5.0) -> List[Entry]:
        """Returns once `count` exchanges match. Raises VerificationError after `timeout` seconds."""
        __tracebackhide__ = True
        body = {**query, "count": count, "timeoutMs": round(timeout * 1000)}
        return self._entries(self._control.call("POST", "/journal/wait", body, TIMEOUT + timeout))

    def har(self) -> Dict[str, Any]:
        """HAR 1.2."""
        return cast(Dict[str, Any], self._control.call("GET", "/journal/har"))

    def lint(self) -> List[str]:
        """What clients did against the guide, each once."""
        return cast("List[str]", self._control.call("GET", "/journal/lint"))

    def clear(self) -> None:
        """Deletes all exchanges."""
        self._control.call("DELETE", "/journal")

    def _entries(self, answer: Any) -> List[Entry]:
        return cast("List[Entry]", answer["entries"])


class Accounts(_Group):
    """The state of accounts."""

    def list(self) -> List[Account]:
        """All of them."""
        return cast(List[Account], self._control.call("GET", "/accounts"))

    def get(self, user: str) -> Account:
        """One of them."""
        return cast(Account, self._control.call("GET", f"/accounts/{name(user)}"))

    def add(self, account: Mapping[str, Any]) -> Account:
        """Adds one, as a seed describes it."""
        return cast(Account, self._control.call("POST", "/accounts", account))

    def set(self, user: str, state: Mapping[str, Any]) -> Account:
        """Changes what is given, such as `{"diskspace": {"left": 0}}`."""
        return cast(Account, self._control.call("PATCH", f"/accounts/{name(user)}", state))


class Files(_Group):
    """Files of all accounts."""

    def list(self) -> List[File]:
        """All of them."""
        return cast(List[File], self._control.call("GET", "/files"))

    def get(self, id: str) -> File:
        """One of them."""
        return cast(File, self._control.call("GET", f"/files/{name(id)}"))

    def add(self, user: str, file: Mapping[str, Any]) -> File:
        """Adds one to an account, as a seed describes it: `{"name": "a.txt", "content": "hello"}`."""
        return cast(File, self._control.call("POST", f"/accounts/{name(user)}/files", file))

    def set(self, id: str, state: Mapping[str, Any]) -> File:
        """`{"available": False}`: its bytes can no longer be read."""
        return cast(File, self._control.call("PATCH", f"/files/{name(id)}", state))


class Sessions(_Group):
    """Sessions of all accounts."""

    def list(self) -> List[Dict[str, Any]]:
        """User, version, when each was last used."""
        return cast("List[Dict[str, Any]]", self._control.call("GET", "/sessions"))

    def expire(self, key: str) -> None:
        """Ends one as if it had been idle."""
        self._control.call("POST", f"/sessions/{name(key)}/expire")


class System(_Group):
    """The state of the server as a whole."""

    def get(self) -> Dict[str, Any]:
        """`maintenance`, `uploads`, `downloads` and more."""
        return cast(Dict[str, Any], self._control.call("GET", "/system"))

    def set(self, state: Mapping[str, Any]) -> Dict[str, Any]:
        """Changes what is given, such as `{"maintenance": True}`."""
        return cast(Dict[str, Any], self._control.call("PATCH", "/system", state))


class Snapshots(_Group):
    """Saved states: rows, bytes, clock, system."""

    def list(self) -> List[Dict[str, Any]]:
        """All of them."""
        return cast("List[Dict[str, Any]]", self._control.call("GET", "/snapshots"))

    def save(self, snapshot: str) -> None:
        """Saves the state under a name."""
        self._control.call("POST", "/snapshots", {"name": snapshot})

    def restore(self, snapshot: str) -> None:
        """Restores that state, sessions included."""
        self._control.call("POST", f"/snapshots/{name(snapshot)}/restore")

    def remove(self, snapshot: str) -> None:
        """Deletes one."""
        self._control.call("DELETE", f"/snapshots/{name(snapshot)}")


def _given(**values: Any) -> Dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _written(at: Union[datetime, str]) -> str:
    if isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise ValueError("the moment has no time zone; for UTC write datetime(…, tzinfo=timezone.utc)")
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _duration(by: Union[timedelta, str]) -> Union[int, str]:
    return by if isinstance(by, str) else by // timedelta(milliseconds=1)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
