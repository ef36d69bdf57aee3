"""Remove each guard of the delivery and of the sources once, in a copy, and see some test fail. `python -m tests.mutants [word]`.

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
_OF_MONEY = (
    "tests/sources/test_anthropic_analytics.py",
    "tests/sources/test_contract.py",
    "tests/sources/test_anthropic_claude_code.py",
)
_OF_GATEWAY = ("tests/sources/test_litellm.py", "tests/sources/test_contract.py")
_TOLD = ("tests/sources/test_otlp.py", "tests/listeners/test_telemetry.py", "tests/sources/test_contract.py")
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
    "bot/overlap.py": ("tests/test_overlap.py",),
    "bot/store/books.py": ("tests/store/test_books.py",),
    "bot/store/replacing.py": ("tests/store/test_books.py", "tests/store/test_replacing.py"),
    "bot/store/past.py": ("tests/store/test_past.py",),
    "bot/sources/pages.py": (
        "tests/sources/test_contract.py",
        "tests/sources/test_anthropic_claude_code.py",
        "tests/sources/test_anthropic_admin.py",
    ),
    "bot/sources/http.py": ("tests/sources/test_http.py",),
    "bot/sources/rows.py": _OF_MONEY,
    "bot/sources/anthropic_cost.py": ("tests/sources/test_anthropic_cost.py",),
    "bot/sources/anthropic_analytics.py": _OF_MONEY,
    "bot/sources/analytics_days.py": _OF_MONEY,
    "bot/sources/analytics_rows.py": _OF_MONEY,
    "bot/sources/litellm.py": _OF_GATEWAY,
    "bot/sources/litellm_pages.py": _OF_GATEWAY,
    "bot/sources/litellm_days.py": _OF_GATEWAY,
    "bot/sources/litellm_rows.py": _OF_GATEWAY,
    "bot/store/inbox.py": (
        "tests/store/test_inbox.py",
        "tests/sources/test_two_ways.py",
        "tests/listeners/test_telemetry.py",
    ),
    "bot/sources/otlp/__init__.py": (
        "tests/sources/test_otlp.py",
        "tests/sources/test_two_ways.py",
        "tests/listeners/test_telemetry.py",
    ),
    "bot/sources/otlp/heard.py": _TOLD,
    "bot/sources/otlp/wire.py": _TOLD,
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
PAGES, HTTP, ROWS, COST = (
    "bot/sources/pages.py",
    "bot/sources/http.py",
    "bot/sources/rows.py",
    "bot/sources/anthropic_cost.py",
)
ANALYTICS, ANALYTICS_DAYS, ANALYTICS_ROWS = (
    "bot/sources/anthropic_analytics.py",
    "bot/sources/analytics_days.py",
    "bot/sources/analytics_rows.py",
)
LITELLM, LITELLM_PAGES, LITELLM_DAYS, LITELLM_ROWS = (
    "bot/sources/litellm.py",
    "bot/sources/litellm_pages.py",
    "bot/sources/litellm_days.py",
    "bot/sources/litellm_rows.py",
)
INBOX, OTLP, HEARD, OTLP_WIRE = (
    "bot/store/inbox.py",
    "bot/sources/otlp/__init__.py",
    "bot/sources/otlp/heard.py",
    "bot/sources/otlp/wire.py",
)
OVERLAP, BOOKS, REPLACING, PAST = (
    "bot/overlap.py",
    "bot/store/books.py",
    "bot/store/replacing.py",
    "bot/store/past.py",
)

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
    Mutant(
        "a source that is behind comes last",
        OVERLAP,
        "return sighting.gives_way, rank.get(",
        "return False, rank.get(",
    ),
    Mutant(
        "another plan is another use",
        OVERLAP,
        "key = (sighting.usage_date, sighting.who, sighting.biller, sighting.plan)",
        "key = (sighting.usage_date, sighting.who, sighting.biller, Plan.PAY_PER_TOKEN)",
    ),
    Mutant(
        "another biller is another use",
        OVERLAP,
        "key = (sighting.usage_date, sighting.who, sighting.biller, sighting.plan)",
        "key = (sighting.usage_date, sighting.who, Biller.ANTHROPIC, sighting.plan)",
    ),
    Mutant(
        "who has the whole day speaks for it",
        OVERLAP,
        "(whole or heard or several)[0]",
        "(heard or several)[0]",
    ),
    Mutant("who heard of a day speaks for it", OVERLAP, "(whole or heard or several)[0]", "several[0]"),
    Mutant(
        "who is only told leaves no gap",
        OVERLAP,
        "if heard or only_told or not all(of_source[one.source].is_told for one in several):",
        "if True:",
    ),
    Mutant(
        "telemetry alone has gaps",
        OVERLAP,
        "if heard or only_told or not",
        "if heard or not",
    ),
    Mutant(
        "the word of a source about itself reaches the choice",
        BOOKS,
        "row.name, row.gives_way, row.kind in _TELEMETRY), row)",
        "row.name, False, row.kind in _TELEMETRY), row)",
    ),
    Mutant(
        "telemetry only guesses the plan",
        BOOKS,
        "row.name, row.gives_way, row.kind in _TELEMETRY), row)",
        "row.name, row.gives_way), row)",
    ),
    Mutant(
        "who only guesses the plan does not count beside who knows it",
        OVERLAP,
        "if not (one.guesses_plan and (one.usage_date, one.who, one.biller) in sure)",
        "if True",
    ),
    Mutant(
        "who guesses is beside nobody who guesses too",
        OVERLAP,
        "for one in best.values() if not one.guesses_plan}",
        "for one in best.values()}",
    ),
    Mutant(
        "who is behind gives way in activity",
        BOOKS,
        "(Sighting(day, _who(row), *one_way, row.name, row.gives_way), row)",
        "(Sighting(day, _who(row), *one_way, row.name), row)",
    ),
    Mutant(
        "a person is one, known or self-declared",
        BOOKS,
        "is_person = row.kind in (ConsumerKind.PERSON, ConsumerKind.SELF_DECLARED)",
        "is_person = row.kind is ConsumerKind.PERSON",
    ),
    Mutant(
        "a token is no address",
        BOOKS,
        "is_person = row.kind in (ConsumerKind.PERSON, ConsumerKind.SELF_DECLARED)",
        "is_person = row.kind in (ConsumerKind.PERSON, ConsumerKind.SELF_DECLARED, ConsumerKind.TOKEN)",
    ),
    Mutant(
        "a key that has a person's name is none",
        BOOKS,
        "return ConsumerKind.PERSON if is_person else row.kind, row.external_id",
        "return ConsumerKind.PERSON, row.external_id",
    ),
    Mutant(
        "a list price of some rows is no total",
        BOOKS,
        "whole = case((func.count() == func.count(rows.c[at_list]), total(rows.c[at_list])))",
        "whole = total(rows.c[at_list])",
    ),
    Mutant(
        "a day is counted anew when a source has caught up",
        REPLACING,
        "if not (unchanged and same_say):",
        "if not unchanged:",
    ),
    Mutant(
        "a reading that loses much is no truth yet",
        REPLACING,
        "if known is not None and not verdict.admitted:",
        "if False:",
    ),
    Mutant("an unfinished day is no past", PAST, '    if not known["complete"]:\n        return\n', ""),
    Mutant(
        "what was not there was nothing",
        PAST,
        "was |= {row[:width]: (0, 0) for row in fresh if row[:width] not in was}",
        "was |= {}",
    ),
    Mutant(
        "a row that a reading left alone is what it was afterwards",
        PAST,
        "func.coalesce(was.c.next_nanos, _USAGE.c.cost_nanos, 0)",
        "func.coalesce(_USAGE.c.cost_nanos, 0)",
    ),
    Mutant(
        "a row that is gone is nothing now",
        PAST,
        "func.coalesce(was.c.next_nanos, _USAGE.c.cost_nanos, 0)",
        "func.coalesce(was.c.next_nanos, _USAGE.c.cost_nanos)",
    ),
    Mutant(
        "a shadow was in no total",
        PAST,
        "        .where(or_(_USAGE.c.counted.is_(None), _USAGE.c.counted))\n",
        "",
    ),
    Mutant(
        "a subscription owes nothing back",
        PAST,
        "_ROWS = select(_ROW, _NEXT).where(_IN, _OWED)",
        "_ROWS = select(_ROW, _NEXT).where(_IN)",
    ),
    Mutant(
        "another's past is not mine",
        PAST,
        '.where(_IN, _OWED, _LINK.c.member_id == bindparam("member_id"))',
        ".where(_IN, _OWED)",
    ),
    Mutant("money that only moved changed no total", PAST, "if change.before_nanos != change.after_nanos:", "if True:"),
    Mutant("the past is kept for a while", PAST, "now - timedelta(days=KEPT_DAYS)", "now"),
    Mutant("one old reading is forgotten, not its day", PAST, '        table.c.revision == bindparam("number"),\n', ""),
    Mutant("a cursor that comes again ends the walk", PAGES, " or cursor in cursors:", ":"),
    Mutant("an id that comes again ends the walk", PAGES, " or last in seen:", ":"),
    Mutant(
        "more pages need a cursor",
        PAGES,
        'if page.get("has_more") is not True or not isinstance(cursor, str)',
        "if not isinstance(cursor, str)",
    ),
    Mutant("a walk begins again when its cursor is refused", PAGES, "_MAX_WALKS = 4", "_MAX_WALKS = 1"),
    Mutant(
        "a question that no URL can hold is an error of ours",
        HTTP,
        "except (UnicodeError, httpx.InvalidURL):",
        "except ZeroDivisionError:",
    ),
    Mutant(
        "an amount is a decimal number",
        ROWS,
        '    if not _AMOUNT.fullmatch(cents):\n        raise ValueError("amount: not a decimal number")\n',
        "",
    ),
    Mutant(
        "a report without credits has no negative amount", ROWS, "if nanos < 0 and not credits_allowed:", "if False:"
    ),
    Mutant("a count is whole", ROWS, " or value != int(value):", ":"),
    Mutant(
        "no name holds what no database keeps",
        ROWS,
        '.replace("\\0", "\\ufffd").encode(errors="replace").decode()',
        "",
    ),
    Mutant(
        "a row that came twice counts once",
        ANALYTICS_DAYS,
        "        return known is not None\n",
        "        return False\n",
    ),
    Mutant(
        "a row that says two things makes no reading", ANALYTICS_DAYS, "if known not in (None, whole):", "if False:"
    ),
    Mutant(
        "a day that the watermark does not cover gives way",
        ANALYTICS_DAYS,
        "gives_way=self.through < end,",
        "gives_way=False,",
    ),
    Mutant(
        "a day that the watermark does not cover is not complete",
        ANALYTICS_DAYS,
        "complete=self.through >= end,",
        "complete=True,",
    ),
    Mutant(
        "tokens whose money did not come have no price",
        ANALYTICS_DAYS,
        "unpriced_tokens=_all_of(tokens) if money is None else 0,",
        "unpriced_tokens=0,",
    ),
    Mutant(
        "who used nothing is not seen",
        ANALYTICS_DAYS,
        "            return []  # nothing",
        "            pass  # nothing",
    ),
    Mutant(
        "a day of bad rows is not an empty day",
        ANALYTICS_DAYS,
        "        if self.unreadable:\n",
        "        if False:\n",
    ),
    Mutant("no data yet is not nothing", ANALYTICS, "if cost.through is None or usage.through is None:", "if False:"),
    Mutant(
        "an organization without the feature is no alarm",
        ANALYTICS,
        "if error.status in (403, 404) or",
        "if error.status == 404 or",
    ),
    Mutant(
        "an answer about a beta is no alarm",
        ANALYTICS,
        " or (isinstance(error, BadRequest) and error.about_beta):",
        ":",
    ),
    Mutant(
        "another product's money is not ours",
        ANALYTICS_ROWS,
        'if group.get("product") not in (None, PRODUCT):',
        "if False:",
    ),
    Mutant("another currency is never added", ANALYTICS_ROWS, 'if amounts["currency"] != "USD":', "if False:"),
    Mutant("a row of a longer time is no day", ANALYTICS_ROWS, " <= start + timedelta(days=1):", ":"),
    Mutant(
        "a sum that lacks a line is no sum",
        COST,
        "                    reasons[day] = reason(error)\n",
        "                    reasons[day], found[day] = reason(error), ()\n",
    ),
    Mutant(
        "a line that came twice counts once",
        COST,
        "_results().validate_python(_without_repeats(results))",
        "_results().validate_python(results)",
    ),
    Mutant(
        "no part of a day that came twice is added", COST, "if found.setdefault(day, results) != results:", "if False:"
    ),
    Mutant(
        "pages that do not add up to the proxy's own sums are no reading",
        LITELLM,
        "            if found.total.agrees_with(said):\n                return found\n            # Of",
        "            return found\n            # Of",
    ),
    Mutant(
        "days that are read together add up too",
        LITELLM,
        "(sums is None or found.total.agrees_with(sums.get(day, Metrics())))",
        "True",
    ),
    Mutant(
        "a day of bad rows is no empty day, of a gateway too",
        LITELLM,
        "            if not sums.spend:\n",
        "            if False:\n",
    ),
    Mutant(
        "a key that sees only its own use is refused", LITELLM, "        if self._sees_all:\n", "        if True:\n"
    ),
    Mutant(
        "a day that was not asked for is no answer",
        LITELLM_PAGES,
        "if not isinstance(name, str) or name not in by_name:",
        "if name not in by_name:\n                continue\n            if False:",
    ),
    Mutant(
        "a proxy that knows no user filter tells nobody apart",
        LITELLM_PAGES,
        "            if not parts[user].is_only_of(user):\n",
        "            if False:\n",
    ),
    Mutant("keys add up to the day", LITELLM_DAYS, ".agrees_with(self.total):", ".agrees_with(self.total) and False:"),
    Mutant("an old proxy is told so", LITELLM_DAYS, 'if "api_key_breakdown" not in entry and', "if False and"),
    Mutant(
        "a cell of which one page is bad is bad",
        LITELLM_DAYS,
        "for cell, used in self._cells.items() if cell not in self.bad}",
        "for cell, used in self._cells.items()}",
    ),
    Mutant(
        "what was cached is part of the prompt",
        LITELLM_ROWS,
        "uncached = row.prompt - row.cache_read - row.cache_creation",
        "uncached = row.prompt",
    ),
    Mutant(
        "no price is not free",
        LITELLM_ROWS,
        "unpriced_tokens=0 if row.spend or only_failed else row.prompt + row.completion,",
        "unpriced_tokens=0,",
    ),
    Mutant(
        "a refused request is no use",
        LITELLM_ROWS,
        "return bool(self.spend or self.prompt or self.completion)",
        "return True",
    ),
    Mutant(
        "a record counts once, however often it is sent",
        INBOX,
        "fresh = [single[identity] for identity in unseen] + _advanced",
        "fresh = [*single.values()] + _advanced",
    ),
    Mutant(
        "a retry by the same token is no second way",
        INBOX,
        '    _SEEN.c.token_id.not_in(["", bindparam("mine")]),\n',
        '    _SEEN.c.token_id.not_in([""]),\n',
    ),
    Mutant(
        "an event by a second token puts its metrics aside",
        INBOX,
        "    _add_uses(session, [*(one.use for one in fresh if one.use is not None), *elsewhere])\n",
        "    _add_uses(session, [one.use for one in fresh if one.use is not None])\n",
    ),
    Mutant(
        "an event by a second token is nobody's use",
        OTLP,
        "            return not use.requests\n",
        "            return False\n",
    ),
    Mutant("a lower total is a late point", INBOX, "            if total > highest:\n", "            if True:\n"),
    Mutant("of a series only the growth is new", INBOX, "_part(one, total - highest)", "_part(one, total)"),
    Mutant(
        "how far a series has come is remembered",
        INBOX,
        "        if (highest, newest) != (before, seen):\n",
        "        if False:\n",
    ),
    Mutant(
        "what was booked makes its day be read",
        INBOX,
        "    days = {_whose(one).usage_date for one in [*fresh, *(single[identity] for identity in doubled)]}\n",
        "    days: set[date] = set()\n",
    ),
    Mutant(
        "the same dollars are told twice and counted once",
        OTLP,
        "return [use for use in told if not is_told_twice(use)]",
        "return told",
    ),
    Mutant(
        "a row that nobody believes spoils no day",
        OTLP,
        "return row.cost_nanos <= MAX_ROW_NANOS and",
        "return",
    ),
    Mutant("a record from the future is rejected", HEARD, "    if at > now + AHEAD:\n", "    if False:\n"),
    Mutant("a record of long ago is rejected", HEARD, "    if at < now - BEHIND:\n", "    if False:\n"),
    Mutant("only Claude Code's own records are heard", HEARD, "        if record.scope != (", "        if False and ("),
    Mutant("money comes from requests alone", HEARD, "    if name == _REQUEST:\n", "    if True:\n"),
    Mutant(
        "a member's token says whose it is",
        HEARD,
        "consumer=sender.consumer or _self_declared(record),",
        "consumer=_self_declared(record),",
    ),
    Mutant(
        "a negative cost is rejected", HEARD, '    if nanos < 0:\n        raise ValueError("cost_usd: negative")\n', ""
    ),
    Mutant("an absurd counter is rejected", HEARD, "not 0 <= point.value <= MAX_TOKENS:", "point.value < 0:"),
    Mutant(
        "no price is not free, of telemetry",
        HEARD,
        "if cost is None else 0,\n        requests=1",
        "if False else 0,\n        requests=1",
    ),
    Mutant(
        "what names nothing of its own belongs to its token",
        HEARD,
        "for name in names) else sender.token_id",
        'for name in names) else ""',
    ),
    Mutant(
        "what names its session is the same by any token",
        HEARD,
        'return "" if any(record.attributes.get(name) for name in names) else sender.token_id',
        "return sender.token_id",
    ),
    Mutant(
        "an absurd integer is not worked out",
        OTLP_WIRE,
        "believable = number.is_finite() and -_TOO_LARGE < number < _TOO_LARGE",
        "believable = number.is_finite() and number < _TOO_LARGE * 10**300",
    ),
    Mutant("a request has an end", OTLP_WIRE, "        if len(found) == MAX_RECORDS:\n", "        if False:\n"),
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
