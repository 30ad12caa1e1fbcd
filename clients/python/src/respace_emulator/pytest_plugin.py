"""Fixtures for pytest: `respace_emulator` for the session, `respace` with a sandbox of its own for each test."""
from __future__ import annotations

from typing import Any, Generator, Iterator, Mapping, Union

import pytest

from ._control import ControlError, UnfiredFaultError
from .emulator import Emulator, StartError
from .sandbox import Sandbox

#: Exchanges that a failing test shows.
SHOWN = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line and of pytest.ini."""
    parser.getgroup("respace").addoption("--respace-url", help="address of an emulator that runs; default: RESPACE_CONTROL_URL, RESPACE_URL, or a new one")
    parser.addini("respace_options", "more options of respace dev, such as --strict fail", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", "respace(seed='demo', clock=None, ids=None): how the sandbox of the test begins")


@pytest.fixture(scope="session")
def respace_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """The emulator of this session. With pytest-xdist each worker has one."""
    url = request.config.getoption("--respace-url")
    options = request.config.getini("respace_options")
    reason = ""
    try:
        emulator = Emulator.connect(url) if url else Emulator.open(options)
    except StartError as error:
        reason = str(error)
    if reason:
        pytest.fail(f"respace: {reason}", pytrace=False)
    with emulator:
        yield emulator


@pytest.fixture
def respace_seed() -> Union[str, Mapping[str, Any]]:
    """What sandboxes begin with; a fixture of the same name in a test file or conftest.py replaces it."""
    return "demo"


@pytest.fixture
def respace(request: pytest.FixtureRequest, respace_emulator: Emulator, respace_seed: Union[str, Mapping[str, Any]]) -> Iterator[Sandbox]:
    """A sandbox of this test alone, removed after it."""
    marker = request.node.get_closest_marker("respace")
    sandbox = respace_emulator.sandbox(**{"seed": respace_seed, **(marker.kwargs if marker else {})})
    request.node.stash[_SANDBOX] = sandbox
    yield sandbox
    # A test that fails says what it has to say; only one that passes is told that it has not tried its faults.
    never = ""
    try:
        sandbox.close(unfired="ignore" if request.node.stash.get(_FAILED, False) else "fail")
    except UnfiredFaultError as error:
        never = str(error)
    if never:
        pytest.fail(f"respace: {never}", pytrace=False)


_SANDBOX = pytest.StashKey[Sandbox]()
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Adds the last exchanges to the report of a test that fails."""
    outcome = yield
    report = outcome.get_result()
    sandbox = item.stash.get(_SANDBOX, None)
    if report.when != "call" or not report.failed or sandbox is None:
        return
    item.stash[_FAILED] = True
    try:
        entries = sandbox.journal.find(last=SHOWN)
    except (ControlError, AssertionError) as error:
        report.sections.append(("respace journal", str(error)))
        return
    lines = [_describe(entry) for entry in entries] or ["nothing was called"]
    report.sections.append((f"respace journal: the last {len(entries)} calls" if entries else "respace journal", "\n".join(lines)))


def _describe(entry: Mapping[str, Any]) -> str:
    params = " ".join(f"{key}={value[:60]}" for key, value in entry["params"].items() if key != "method")
    what = entry["method"] or f"{entry['verb']} {entry['path'][:120]}"
    answer = entry["response"]["status"] or entry["state"]
    code = f" error {entry['code']}" if entry["code"] else ""
    fault = f" by fault {entry['fault']}" if entry["fault"] else ""
    return f"{entry['id']:>4} {what} {params}".rstrip() + f" -> {answer}{code}{fault}"
