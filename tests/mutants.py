"""Remove each guard of the delivery once, in a copy, and see some test fail. `python -m tests.mutants [word]`.

A guard that nothing misses when it is gone is not proven to be there.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPIED = ("bot", "tests", "migrations", "pyproject.toml", "docs", "README.md", "app.yaml")
TESTS = {
    "bot/delivery/outbox.py": (
        "tests/delivery/test_outbox.py",
        "tests/delivery/test_refusals.py",
        "tests/delivery/test_doubt.py",
    ),
    "bot/delivery/desk.py": ("tests/delivery/test_outbox.py", "tests/delivery/test_looking.py"),
    "bot/delivery/settling.py": ("tests/delivery/test_doubt.py", "tests/delivery/test_looking.py"),
    "bot/delivery/decisions.py": ("tests/delivery/test_decisions.py", "tests/delivery/test_doubt.py"),
    "bot/delivery/recipients.py": ("tests/delivery/test_recipients.py",),
    "bot/delivery/scanning.py": ("tests/delivery/test_scanning.py",),
    "bot/delivery/classify.py": ("tests/delivery/test_classify.py",),
    "bot/delivery/wire.py": ("tests/delivery/test_wire.py",),
    "bot/store/sending.py": ("tests/store/test_sending.py", "tests/delivery/test_outbox.py"),
    "bot/store/notices.py": (
        "tests/store/test_notices.py",
        "tests/delivery/test_edits.py",
        "tests/delivery/test_outbox.py",
    ),
    "bot/reports/budgets.py": ("tests/reports/test_budgets.py",),
}
"""Where the guards of a module are missed."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One guard removed."""

    guard: str
    path: str
    old: str
    new: str


OUTBOX, DECISIONS, SENDING = "bot/delivery/outbox.py", "bot/delivery/decisions.py", "bot/store/sending.py"
DESK, SETTLING = "bot/delivery/desk.py", "bot/delivery/settling.py"
NOTICES, RECIPIENTS, SCANNING = "bot/store/notices.py", "bot/delivery/recipients.py", "bot/delivery/scanning.py"
CLASSIFY, WIRE, JUDGE = "bot/delivery/classify.py", "bot/delivery/wire.py", "bot/reports/budgets.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "only what waits is claimed",
        SENDING,
        "        _NOTICE.c.state == NoticeState.PENDING,\n        _NOTICE.c.due_at <= _NOW,\n        or_(_NOTICE.c.real_retry_at.is_(None), _NOTICE.c.real_retry_at <= _REAL_NOW),\n        or_(~",
        "        _NOTICE.c.due_at <= _NOW,\n        or_(_NOTICE.c.real_retry_at.is_(None), _NOTICE.c.real_retry_at <= _REAL_NOW),\n        or_(~",
    ),
    Mutant(
        "one unasked message a person and day, at the claim",
        SENDING,
        "        or_(~_NOTICE.c.unasked, _NOTICE.c.urgent, ~_TOLD_TODAY),\n",
        "",
    ),
    Mutant("a broken budget does not wait for tomorrow", SENDING, "_NOTICE.c.urgent, ~_TOLD_TODAY", "~_TOLD_TODAY"),
    Mutant("the fence grows", SENDING, "fence=_NOTICE.c.fence + 1", "fence=_NOTICE.c.fence"),
    Mutant(
        "two replicas cannot tell one person at once",
        SENDING,
        "    if is_postgresql(session):\n        session.execute(_LOCK_RECIPIENT",
        "    if False:\n        session.execute(_LOCK_RECIPIENT",
    ),
    Mutant(
        "a key is added once", NOTICES, "execute(added).first() is not None", "execute(added).first() is None or True"
    ),
    Mutant(
        "only what waits is superseded",
        NOTICES,
        "move(session, keys, {NoticeState.PENDING}, state=NoticeState.SUPERSEDED",
        "move(session, keys, set(NoticeState), state=NoticeState.SUPERSEDED",
    ),
    Mutant(
        "who holds an older fence decides nothing",
        NOTICES,
        "    if fence is not None:\n        rule.append(_NOTICE.c.fence == fence)\n",
        "",
    ),
    Mutant(
        "a change needs its state",
        NOTICES,
        "_NOTICE.c.key.in_(list(keys)), _NOTICE.c.state.in_(list(states))",
        "_NOTICE.c.key.in_(list(keys))",
    ),
    Mutant(
        "keys are kept",
        NOTICES,
        "ended, _NOTICE.c.planned_at < keys_before)\n    session.execute(delete(_EDIT)",
        "ended)\n    session.execute(delete(_EDIT)",
    ),
    Mutant(
        "a live lease is not swept",
        SETTLING,
        "row.real_lease_until is not None and row.real_lease_until < real",
        "row.real_lease_until is not None",
    ),
    Mutant(
        "a lost lease is in doubt",
        DECISIONS,
        "    return Step(state=NoticeState.UNCERTAIN, outcome=why, tell=_told(row, tell))",
        "    return Step(state=NoticeState.PENDING, outcome=why, tell=_told(row, tell))",
    ),
    Mutant("one empty look is not proof", DECISIONS, "LOOKS_NEEDED = 2", "LOOKS_NEEDED = 1"),
    Mutant(
        "a look before the settle time proves nothing",
        DECISIONS,
        "    return real - since >= times.settle",
        "    return True",
    ),
    Mutant(
        "half a look proves nothing",
        DECISIONS,
        "if scan and scan.complete and row.empty_scans",
        "if scan and row.empty_scans",
    ),
    Mutant(
        "a repeat is said once",
        DECISIONS,
        "row.doubt is Doubt.REPEAT and not row.repeated",
        "row.doubt is Doubt.REPEAT",
    ),
    Mutant(
        "a repeat waits a day", DECISIONS, "if real - (row.real_uncertain_since or real) < times.repeat:", "if False:"
    ),
    Mutant(
        "what is held is told",
        DECISIONS,
        "tell = Tell.HELD if row.doubt is Doubt.HOLD and not can_look else None",
        "tell = None",
    ),
    Mutant(
        "a late first attempt looks first",
        DECISIONS,
        "if can_look and never_in_doubt and now - row.due_at > times.late:",
        "if False:",
    ),
    Mutant(
        "nobody is told what has expired", DECISIONS, "if row.expires_at is None or now <= row.expires_at:", "if True:"
    ),
    Mutant("attempts end", DECISIONS, "real - row.real_first_attempt_at >= times.give_up", "False"),
    Mutant(
        "a trouble of a message to admins is no message to admins",
        DECISIONS,
        "return None if row.kind is NoticeKind.OPERATOR else tell",
        "return tell",
    ),
    Mutant("the last look", OUTBOX, "return left >= self.times.margin.total_seconds()", "return True"),
    Mutant(
        "proof beats every lease",
        OUTBOX,
        "                _NOT_SENT,\n",
        "                {NoticeState.SENDING},\n",
    ),
    Mutant(
        "what was posted twice is taken back",
        OUTBOX,
        "        if known and current and current.ts != posted.ts:\n",
        "        if False:\n",
    ),
    Mutant(
        "extras that are found are taken back",
        SETTLING,
        "if looked and len(looked.found) > 1 and row.channel_id:",
        "if False:",
    ),
    Mutant(
        "one poison message does not keep the others back",
        DESK,
        "            return work()\n        except Exception:",
        "            return work()\n        except ZeroDivisionError:",
    ),
    Mutant(
        "nothing is sent while the clock was just set",
        OUTBOX,
        "if self.pulse.was_set(self.wall(), self.steady(), pause=self.times.settle):",
        "if False:",
    ),
    Mutant(
        "one message a second and conversation",
        OUTBOX,
        'if self.steady() - self._posted.get(address.channel_id, float("-inf")) < PACE.total_seconds():',
        "if False:",
    ),
    Mutant(
        "private to one person, at sending",
        RECIPIENTS,
        "if row.private_to is not None and row.private_to != row.recipient:",
        "if False:",
    ),
    Mutant(
        "only full members are told",
        RECIPIENTS,
        "if member is None or alerts is None or not decision.allowed:",
        "if member is None or alerts is None:",
    ),
    Mutant(
        "a shared channel is told nothing",
        RECIPIENTS,
        "    if not decision.allowed:\n        return Refused(Why.DESTINATION, decision.reason)\n",
        "",
    ),
    Mutant(
        "an archived channel is told nothing", RECIPIENTS, "if seen.is_archived or not seen.is_member:", "if False:"
    ),
    Mutant("quiet hours, at sending", RECIPIENTS, "        if until > now:\n            return Postponed(until)\n", ""),
    Mutant(
        "nobody else's message is taken for ours",
        SCANNING,
        '    if message.get("user") != our_user_id:\n        return False\n',
        "",
    ),
    Mutant("every page is read", SCANNING, 'complete = not page.get("has_more")', "complete = True"),
    Mutant(
        "an unknown error proves nothing",
        CLASSIFY,
        "return Refused(_REFUSALS[error], error, reply.retry_after or timedelta()) if error in _REFUSALS else None",
        "return Refused(_REFUSALS.get(error, Why.UNREACHED), error)",
    ),
    Mutant(
        "accepted in the expected channel only", CLASSIFY, 'if reply.body.get("channel") != channel_id:', "if False:"
    ),
    Mutant("accepted with a ts only", CLASSIFY, "if not isinstance(ts, str) or not ts:", "if False:"),
    Mutant("one total deadline", WIRE, "        cut.start()\n", "        cut.daemon = True\n"),
    Mutant(
        "withheld before the first byte",
        WIRE,
        "            if not may_write() or time.monotonic() >= ends:\n                return Reply(written=False, problem=Why.WITHHELD)\n",
        "            may_write()\n",
    ),
    Mutant(
        "an older figure changes nothing",
        JUDGE,
        "if known.as_of is not None and snapshot.as_of < known.as_of:",
        "if False:",
    ),
    Mutant("an older limit changes nothing", JUDGE, "if budget.version < known.limit_version:", "if False:"),
    Mutant("told once", JUDGE, " and not _mark(seen, t).fired]", "]"),
    Mutant("who wants silence has it", JUDGE, "if silently or seen.muted or seen.planned:", "if False:"),
    Mutant("only figures at rest are corrected", JUDGE, '        (not rested, "not_rested"),\n', ""),
    Mutant(
        "small drift is not corrected",
        JUDGE,
        '        (reaches(snapshot.spent_nanos, limit_nanos, told - DRIFT_POINTS), "within_drift"),\n',
        "",
    ),
    Mutant(
        "stale figures take nothing back",
        JUDGE,
        '        (snapshot.stale or not snapshot.complete, "stale"),\n',
        "",
    ),
    Mutant(
        "one correction a threshold and limit",
        JUDGE,
        '        (_mark(state, told).corrections > 0, "corrected_before"),\n',
        "",
    ),
    Mutant(
        "a threshold that is armed again has a new key",
        JUDGE,
        "generation=mark.generation + 1, corrections",
        "generation=mark.generation, corrections",
    ),
)


def main() -> None:
    """Try every mutant whose guard holds the word; exit 1 if one survives."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [mutant for mutant in MUTANTS if word in mutant.guard]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        survivors = [mutant.guard for mutant in chosen if not _dies(mutant, copy)]
    print(f"{len(chosen)} guards removed, {len(chosen) - len(survivors)} missed by a test, {len(survivors)} not.")
    sys.exit(bool(survivors))


def _dies(mutant: Mutant, copy: Path) -> bool:
    path = copy / mutant.path
    whole = path.read_text(encoding="utf-8")
    if whole.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.guard}: found {whole.count(mutant.old)} times in {mutant.path}; mend this list")
    path.write_text(whole.replace(mutant.old, mutant.new), encoding="utf-8")
    began = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *TESTS[mutant.path]],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        path.write_text(whole, encoding="utf-8")
    killer = next(
        (line for line in done.stdout.splitlines() if line.startswith(("FAILED tests", "ERROR tests"))), "SURVIVED"
    )
    print(f"{time.monotonic() - began:5.0f} s  {mutant.guard}: {killer.split(' - ')[0]}", flush=True)
    return done.returncode == 1


if __name__ == "__main__":
    main()
