"""`/ccost settings privacy` and `… export`: what is stored about me, and who looked."""

import logging
from datetime import timedelta

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.delivery.times import TIMES
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.runtime import Runtime
from bot.store import addressees, audit, budgets, looks, members
from bot.store import privacy as stored
from bot.store.members import MemberRow
from bot.views import privacy as view
from bot.views import said
from bot.views.blocks import Message
from bot.views.privacy import LOOKS_DAYS, LookedAt, PrivacyReport

logger = logging.getLogger(__name__)

FILES = "files:write"
"""The scope that sending a file takes: optional, and granted by installing the app again."""
MOST_EXPORTS = 3
EXPORTS_WITHIN = timedelta(hours=1)


def privacy(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings privacy`."""
    _require_no_words(ask, "/ccost settings privacy")
    with rt.sessions() as session:
        member = _found(members.by_slack_id(session, ask.viewer.slack_user_id))
        kept = stored.kept(session, member.member_id, member.slack_user_id)
        seen = looks.of_member(session, member.member_id, ask.now - timedelta(days=LOOKS_DAYS))
        names = addressees.of_accounts(session, {one.viewer for one in seen})
        alerts = budgets.alerts(session, member.member_id)
    by = {slack_user_id: one.display_name for slack_user_id, one in names.items()}
    report = PrivacyReport(
        name=member.display_name,
        email=member.email,
        zone=member.tz,
        language=ask.text.language,
        usage_ids=kept.usage_ids,
        first_date=kept.first_date,
        last_date=kept.last_date,
        day_rows=kept.day_rows,
        budgets=kept.budgets,
        requests=kept.requests,
        messages=kept.messages,
        oldest_message_at=kept.oldest_message_at,
        tokens=kept.tokens,
        versions=kept.versions,
        telemetry_rows=kept.telemetry_rows,
        groups=kept.groups,
        leads=kept.leads,
        looks=[LookedAt(at=one.at, by=by.get(one.viewer, one.viewer), period=one.period) for one in seen],
        content_days=TIMES.content_kept.days,
        key_days=TIMES.keys_kept.days,
        tips_off=member.tips_off,
        alerts_off=alerts.off,
        people_enabled=ask.policy.people_enabled,
    )
    return view.privacy(report, ask.text)


def export(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost settings export`: a file in the direct message with ccost, or which command writes it."""
    _require_no_words(ask, "/ccost settings export")
    with rt.sessions() as session:
        member = _found(members.by_slack_id(session, ask.viewer.slack_user_id))
    if rt.identity is None or FILES not in rt.identity.scopes:
        return _by_the_operator(member, ask)
    with rt.sessions.begin() as session:
        audit.note(session, actor=member.slack_user_id, act=stored.EXPORTED, target=member.slack_user_id, at=ask.now)
        # Counted behind the own entry, whose lock keeps others out: two at once are not both the third.
        if stored.exports_since(session, member.slack_user_id, ask.now - EXPORTS_WITHIN) > MOST_EXPORTS:
            raise UserError("error.export_too_often", n=MOST_EXPORTS)
        everything = stored.everything(session, member.member_id, member.slack_user_id)
    try:
        _send(rt, member.slack_user_id, f"ccost-{ask.now:%Y-%m-%d}.json", view.as_json(everything, made_at=ask.now))
    except (SlackClientError, OSError) as error:
        if isinstance(error, SlackApiError) and error.response.get("error") == "missing_scope":
            return _by_the_operator(member, ask)
        logger.warning("export_not_sent", extra={"why": type(error).__name__})
        raise UserError("error.export_not_sent") from None
    return said("privacy.exported", {}, ask.text)


def _send(rt: Runtime, slack_user_id: str, name: str, content: str) -> None:
    opened = rt.slack.conversations_open(users=slack_user_id)
    rt.slack.files_upload_v2(channel=str(opened["channel"]["id"]), filename=name, title=name, content=content)


def _by_the_operator(member: MemberRow, ask: Ask) -> Message:
    return said("privacy.export_by_operator", {"who": member.email or member.slack_user_id}, ask.text)


def _found(member: MemberRow | None) -> MemberRow:
    if member is None:
        raise UserError("access.unknown_person")
    return member


def _require_no_words(ask: Ask, form: str) -> None:
    if ask.words:
        raise UserError("error.too_many_words", form=form)
