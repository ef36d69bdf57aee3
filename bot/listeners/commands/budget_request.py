"""`/ccost budget request`, `approve` and `deny`: asking for more, and the answer. Pressed twice, decided once."""

import re
from dataclasses import replace

from bot.budget import Budget, BudgetRequest, BudgetScope, RequestState
from bot.delivery import lines
from bot.errors import UserError
from bot.listeners.amounts import parse_amount
from bot.listeners.ask import Ask
from bot.notice import Doubt, Notice, NoticeKind
from bot.people import Standing
from bot.periods import Cadence
from bot.runtime import Runtime
from bot.store import addressees, audit, budgets, notices, requests
from bot.store.addressees import Addressee
from bot.store.engine import Session
from bot.views import request as view
from bot.views.blocks import Message

_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_CADENCES = {cadence.value: cadence for cadence in Cadence}
_BECAUSE = "because"
_ANOTHER = "another"


def request(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget request AMOUNT [cadence] because …`."""
    limit, cadence, reason = _wish(ask.words)
    with rt.sessions.begin() as session:
        budgets.lock(session)
        waiting = [one for one in requests.open_of(session, ask.member_id) if one.cadence is cadence]
        if waiting:
            return view.received(waiting[0], ask.text, already=True)
        present = _present(session, ask.member_id, cadence)
        deciders = _deciders(rt, session, ask.viewer.slack_user_id, present)
        made = requests.add(
            session, member_id=ask.member_id, cadence=cadence, limit_nanos=limit, reason=reason, at=ask.now
        )
        asker = addressees.of_members(session, [ask.member_id])[ask.member_id]
        for decider in deciders:
            said = view.asked(made, asker.display_name, _limit(present), rt.texts.of(decider.locale))
            notices.add(session, _notice(_key(made, decider), NoticeKind.REQUEST, decider, said, ask), ask.now)
    return view.received(made, ask.text, already=False)


def approve(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget approve ID [AMOUNT]`; with `another`, offer amounts."""
    if not 1 <= len(ask.words) <= 2:
        raise UserError("error.budget_approve_form")
    if len(ask.words) == 2 and ask.words[1].lower() == _ANOTHER:
        with rt.sessions() as session:
            found, asker = _found(rt, session, ask)
            if found.state is not RequestState.OPEN:
                return view.already_decided(found, _name(session, found.decided_by or ""), ask.text)
            present = _present(session, found.member_id, found.cadence)
        return view.another(found, asker.display_name, _limit(present), ask.text)
    amount = parse_amount(ask.words[1]) if len(ask.words) == 2 else None
    return _decide(rt, ask, RequestState.APPROVED, amount)


def deny(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost budget deny ID`."""
    if len(ask.words) != 1:
        raise UserError("error.budget_approve_form")
    return _decide(rt, ask, RequestState.DENIED, None)


def _decide(rt: Runtime, ask: Ask, state: RequestState, amount_nanos: int | None) -> Message:
    by = ask.viewer.slack_user_id
    with rt.sessions.begin() as session:
        budgets.lock(session)
        found, asker = _found(rt, session, ask)
        if found.state is not RequestState.OPEN:
            return view.already_decided(found, _name(session, found.decided_by or ""), ask.text)
        granted = (amount_nanos or found.limit_nanos) if state is RequestState.APPROVED else None
        requests.decide(session, found.request_id, state=state, by=by, nanos=granted, at=ask.now)
        done = replace(found, state=state, decided_by=by, decided_nanos=granted, decided_at=ask.now)
        if granted is not None:
            before = budgets.get(session, BudgetScope.ASSIGNED, found.cadence, found.member_id)
            budget = budgets.put(
                session,
                scope=BudgetScope.ASSIGNED,
                of=found.member_id,
                cadence=found.cadence,
                limit_nanos=granted,
                set_by=by,
                at=ask.now,
            )
            if before is None or before.limit_nanos is None:
                lines.latch(rt, session, budget)
        audit.note(session, actor=by, act=f"budget_{state}", target=f"request/{found.request_id}", at=ask.now)
        name = _name(session, by)
        reply = view.reply(done, name, rt.texts.of(asker.locale))
        notices.add(session, _notice(f"request/{found.request_id}/reply", NoticeKind.REPLY, asker, reply, ask), ask.now)
        _close(rt, session, done, name)
    return view.decided(done, asker.display_name, ask.text)


def _close(rt: Runtime, session: Session, done: BudgetRequest, by: str) -> None:
    """Whoever else was asked, or still is to be, need not decide any more."""
    for admin in _admins(rt, session):
        key = _key(done, admin)
        if not notices.skip(session, key, "decided"):
            said = view.already_decided(done, by, rt.texts.of(admin.locale))
            notices.edit(session, key, said.text, said.blocks)


def _wish(words: tuple[str, ...]) -> tuple[int, Cadence, str]:
    if not words:
        raise UserError("error.budget_request_form")
    limit, rest, cadence = parse_amount(words[0]), words[1:], Cadence.MONTHLY
    if rest and rest[0].lower() in _CADENCES:
        cadence, rest = _CADENCES[rest[0].lower()], rest[1:]
    reason = " ".join(rest[1:] if rest and rest[0].lower() == _BECAUSE else rest)
    if not reason:
        raise UserError("error.budget_request_form")
    return limit, cadence, reason


def _found(rt: Runtime, session: Session, ask: Ask) -> tuple[BudgetRequest, Addressee]:
    """Give a request and who made it. Nobody decides about their own while there is another who could."""
    number = int(ask.words[0]) if _NUMBER.fullmatch(ask.words[0]) else 0
    found = requests.get(session, number) if number else None
    if found is None:
        raise UserError("error.budget_request_unknown", word=ask.words[0])
    others = [admin for admin in _admins(rt, session) if admin.member_id != ask.member_id]
    if found.member_id == ask.member_id and others:
        raise UserError("error.budget_request_own")
    return found, addressees.of_members(session, [found.member_id])[found.member_id]


def _deciders(rt: Runtime, session: Session, asker: str, present: Budget | None) -> list[Addressee]:
    """Say who decides: who set the present limit, if still an admin, else all admins. Raises `UserError` for nobody."""
    admins = _admins(rt, session)
    able = [admin for admin in admins if admin.slack_user_id != asker] or admins
    if not able:
        raise UserError("request.nobody")
    return [admin for admin in able if present and admin.slack_user_id == present.set_by] or able


def _admins(rt: Runtime, session: Session) -> list[Addressee]:
    found = addressees.of_accounts(session, rt.settings.admins)
    return [found[one] for one in sorted(found) if found[one].standing is Standing.MEMBER]


def _present(session: Session, member_id: int, cadence: Cadence) -> Budget | None:
    """Give the limit that others have set for a member: their own, else everybody's."""
    for scope, of_member in ((BudgetScope.ASSIGNED, member_id), (BudgetScope.DEFAULT, None)):
        found = budgets.get(session, scope, cadence, of_member)
        if found is not None and found.limit_nanos is not None:
            return found
    return None


def _limit(budget: Budget | None) -> int | None:
    return budget.limit_nanos if budget else None


def _name(session: Session, slack_user_id: str) -> str:
    found = addressees.of_accounts(session, [slack_user_id]).get(slack_user_id)
    return found.display_name if found else slack_user_id


def _key(request: BudgetRequest, decider: Addressee) -> str:
    return f"request/{request.request_id}/{decider.slack_user_id}"


def _notice(key: str, kind: NoticeKind, to: Addressee, said: Message, ask: Ask) -> Notice:
    return Notice(
        key=key,
        kind=kind,
        recipient=to.slack_user_id,
        about=key,
        doubt=Doubt.REPEAT,  # pressed twice it is decided once, so a second message does no harm
        text=said.text,
        blocks=said.blocks,
        due_at=ask.now,
        why=kind,
    )
