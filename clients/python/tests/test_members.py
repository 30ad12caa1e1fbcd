"""Every member does its control call."""
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from respace_emulator import ControlError, Emulator, Sandbox, StartError, UnfiredFaultError, VerificationError


def ask(url: str, **params: str) -> str:
    return urlopen(url, urlencode(params).encode()).read().decode()


@pytest.mark.respace(clock="2026-01-01T00:00:00Z")
def test_clock(respace: Sandbox) -> None:
    assert respace.clock.now() == datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert respace.clock.advance("PT25H")["now"] == "2026-01-02T01:00:00.000Z"
    assert respace.clock.advance(timedelta(hours=1))["ran"]["filesDeleted"] == 0
    respace.clock.freeze(datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    assert respace.clock.get() == {"mode": "frozen", "now": "2026-12-31T23:00:00.000Z"}
    respace.clock.shift(-timedelta(hours=1))
    assert respace.clock.get()["by"] == "-PT3600S"
    respace.clock.reset()
    assert abs(datetime.now(timezone.utc) - respace.clock.now()) < timedelta(minutes=1)
    with pytest.raises(ValueError, match="no time zone"):
        respace.clock.freeze(datetime(2027, 1, 1))


def test_state(respace: Sandbox) -> None:
    assert respace.accounts.set("demo", {"diskspace": {"left": 10}})["diskspace"]["left"] == 10
    assert respace.accounts.get("demo")["membership"]["type"] == "Pro"
    respace.accounts.add({"user": "carol", "password": "secret"})
    assert "carol" in [account["user"] for account in respace.accounts.list()]
    file = respace.files.add("carol", {"name": "a b.txt", "content": "hello"})
    assert respace.files.set(file["id"], {"available": False})["available"] is False
    assert respace.files.get(file["id"])["size"] == 5
    assert file["id"] in [each["id"] for each in respace.files.list()]
    assert respace.system.set({"maintenance": True})["maintenance"] is True
    assert respace.system.get()["maintenance"] is True
    respace.snapshots.save("before")
    assert [each["name"] for each in respace.snapshots.list()] == ["before"]
    respace.reset()
    assert "carol" not in [account["user"] for account in respace.accounts.list()]
    respace.snapshots.restore("before")
    assert respace.accounts.get("carol")["user"] == "carol"
    respace.snapshots.remove("before")
    respace.seed("accounts: [{ user: erin, password: secret }]")
    assert [account["user"] for account in respace.accounts.list()] == ["erin"]
    respace.seed("none")
    respace.repeat_ids(42)
    assert respace.files.list() == respace.sessions.list() == respace.outbox() == []
    assert respace.call("GET", "/health")["status"] == "ok"


def test_journal(respace: Sandbox) -> None:
    ask(f"{respace.url}/rest/", method="auth.createToken", api_key="OTHER00001", api_version="1.0", app_verson="1")
    ask(respace.path_url, method="auth.createToken", api_key="OTHER00001", api_version="9.9")
    [first, second] = respace.journal.wait({"method": "auth.createToken"}, count=2)
    assert (first["code"], second["code"], first["verb"]) == (0, 5, "POST")
    assert respace.journal.find({"code": 5}) == respace.journal.find(last=1) == respace.journal.list()[1:]
    assert respace.journal.count() == 2
    respace.journal.verify_order([{"code": 0}, {"code": 5}], gaps=False, among={"phase": "api"})
    respace.journal.verify({"method": "files.delete"}, times=0)
    assert respace.lint() == respace.journal.lint() == ["auth.createToken knows no app_verson; did you mean app_version?"]
    assert respace.judge()["counts"]["wrong"] == 1
    assert "1 wrong" in respace.judge_as("md")
    assert len(respace.journal.har()["log"]["entries"]) == 2
    with pytest.raises(VerificationError, match=r"exchange 2, auth.createToken:\n +expected api_version=1.1, got \"9.9\"") as wrong:
        respace.journal.verify({"method": "auth.createToken", "params": {"api_version": "1.1"}})
    assert [miss["id"] for miss in wrong.value.closest] == [2, 1]
    with pytest.raises(VerificationError, match="number 2 of them never came"):
        respace.journal.verify_order([{"code": 5}, {"code": 0}])
    with pytest.raises(VerificationError, match="within 10 ms, saw 0"):
        respace.journal.wait({"method": "files.delete"}, timeout=0.01)
    respace.journal.clear()
    assert respace.journal.list() == []


def test_faults(respace: Sandbox) -> None:
    fault = respace.faults.add({"match": {"method": "auth.*"}, "answer": "error:15"})
    assert respace.faults.get(fault["id"])["state"] == "armed"
    assert len(respace.faults.list()) == 1
    respace.faults.remove(fault["id"])
    respace.faults.add({"answer": "reset"})
    respace.faults.clear()
    assert respace.faults.list() == []


def test_bad_input_is_explained(respace: Sandbox, respace_emulator: Emulator) -> None:
    with pytest.raises(ControlError, match="did you mean maxSessions") as refused:
        respace.accounts.set("demo", {"maxSesions": 1})
    assert refused.value.status == 400
    with pytest.raises(ControlError, match='there is no account "a/b"'):
        respace.accounts.get("a/b")
    with pytest.raises(StartError, match="there is no emulator at http://127.0.0.1:1: .*Connection refused"):
        Emulator.connect("http://127.0.0.1:1/")
    with pytest.raises(StartError, match="no such program|No such file"):
        Emulator.start(command=["/no/such/program"])
    with pytest.raises(StartError, match="ended with 1: .*/no/such/file"):
        Emulator.start(["--seed", "/no/such/file"])
    with respace_emulator.sandbox(seed="none") as empty, pytest.raises(ControlError, match="has no account"):
        empty.user


def test_a_fault_that_never_applied_is_reported(respace_emulator: Emulator) -> None:
    sandbox = respace_emulator.sandbox()
    sandbox.faults.add({"answer": "reset"})
    with pytest.raises(UnfiredFaultError, match="fault f1 was never applied"):
        sandbox.close()
    with pytest.raises(ControlError, match="there is no sandbox"):
        sandbox.faults.list()
    sandbox.close()
