"""`/ccost settings audit`: who did what."""

import re
from collections.abc import Mapping, Sequence

from bot.budget import BudgetScope
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.store import addressees, budgets, channels, requests
from bot.store import audit as stored
from bot.store import groups as all_groups
from bot.store.audit import AuditRow
from bot.store.engine import Session
from bot.views import audit as view
from bot.views.audit import Entry, Target, TargetKind
from bot.views.blocks import Message

ENTRIES_SHOWN = 50
OPERATOR = "operator"
"""Who works on the command line."""

_CHANNEL = re.compile(r"[CG][A-Z0-9]+", re.ASCII)
_PERSON = re.compile(r"[UW][A-Z0-9]+", re.ASCII)
_SCOPES = {scope.value: scope for scope in BudgetScope}
_CADENCES = {cadence.value: cadence for cadence in Cadence}


def audit(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings audit`. Names are those of now: the log itself holds ids."""
    if ask.words:
        raise UserError("error.too_many_words", form="/ccost settings audit")
    with rt.sessions() as session:
        rows = stored.entries(session, ENTRIES_SHOWN)
        is_whole = stored.verify(session)
        names = _names(session, rows)
        groups = {one.group.group_id: one.group.name for one in all_groups.listed(session)}
        entries = [
            Entry(
                at=row.at,
                by=None if row.actor == OPERATOR else names.get(row.actor, row.actor),
                act=row.act,
                target=_target(session, row.target, names, groups),
            )
            for row in rows
        ]
    return view.audit(entries, ask.text, is_whole=is_whole)


def _names(session: Session, rows: Sequence[AuditRow]) -> dict[str, str]:
    words = {word for row in rows for word in (row.actor, *row.target.split("/")) if _PERSON.fullmatch(word)}
    return {who: one.display_name for who, one in addressees.of_accounts(session, words).items()}


def _target(session: Session, target: str, names: Mapping[str, str], groups: Mapping[int, str]) -> Target:
    """Understand what was recorded; what has no form that we know is shown as it is."""
    first, *rest = target.split("/")
    if _CHANNEL.fullmatch(target):
        channel = channels.get(session, target)
        return Target(kind=TargetKind.CHANNEL, name=(channel.name if channel else None) or target)
    if first in _SCOPES and rest and rest[-1] in _CADENCES:
        return _budget(session, _SCOPES[first], rest)
    if first == "organization":
        return Target(kind=TargetKind.ORGANIZATION, name="", more=" ".join(rest))
    if rest and rest[0].isdecimal() and first == "request":
        found = requests.get(session, int(rest[0]))
        asker = addressees.of_members(session, [found.member_id]).get(found.member_id) if found else None
        return Target(kind=TargetKind.REQUEST, name=asker.display_name if asker else rest[0])
    if rest and rest[0].isdecimal() and first == "group":
        more = " ".join(names.get(word, word) for word in rest[1:])
        return Target(kind=TargetKind.GROUP, name=groups.get(int(rest[0]), rest[0]), more=more)
    return Target(kind=TargetKind.OTHER, name=names.get(target, target))


def _budget(session: Session, scope: BudgetScope, rest: Sequence[str]) -> Target:
    name = ""
    if len(rest) > 1 and rest[0].isdecimal():
        number = int(rest[0])
        if scope is BudgetScope.GROUP:
            name = all_groups.names(session).get(number, rest[0])
        elif scope is BudgetScope.MACHINE:
            machine = budgets.machine_by_id(session, number)
            name = machine.name if machine else rest[0]
        else:
            person = addressees.of_members(session, [number]).get(number)
            name = person.display_name if person else rest[0]
    return Target(kind=TargetKind.BUDGET, name=name, scope=scope, cadence=_CADENCES[rest[-1]])
