"""`/ccost me share` and `/ccost team share`: the same without anything private, for the channel."""

from bot.access import Act
from bot.delivery.sharing import plan_share
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.listeners.commands.digest import require_voice
from bot.listeners.commands.me import own_report
from bot.listeners.commands.team import team_report
from bot.periods import ChargePeriod
from bot.runtime import Runtime
from bot.store import audit, members
from bot.store.engine import Session
from bot.views import said
from bot.views import share as view
from bot.views.blocks import Message


def me(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost me share [period]`."""
    ask.allow(Act.SHARE)
    ask.allow(Act.MEMBER_FIGURES)
    report = own_report(rt, ask, "/ccost me share [period]")
    if report is None or not report.by_metric:
        raise UserError("error.share_nothing")
    with rt.sessions.begin() as session:
        require_voice(session, ask.channel_id)
        message = view.mine(report, _name(session, ask), rt.texts.of(None))
        return _shared(rt, session, ask, message, "me", report.period)


def team(rt: Runtime, ask: Ask) -> Message:
    """Answer `/ccost team share [period]`."""
    ask.allow(Act.SHARE)
    ask.allow(Act.ORGANIZATION_TOTAL)
    report = team_report(rt, ask, ask.period(ask.words, "/ccost team share [period]"))
    if not report.by_metric:
        raise UserError("error.share_nothing")
    with rt.sessions.begin() as session:
        require_voice(session, ask.channel_id)
        message = view.team(report, _name(session, ask), rt.texts.of(None))
        return _shared(rt, session, ask, message, "team", report.period)


def _name(session: Session, ask: Ask) -> str:
    member = members.by_slack_id(session, ask.viewer.slack_user_id)
    return member.display_name if member else ask.viewer.slack_user_id


def _shared(rt: Runtime, session: Session, ask: Ask, message: Message, whose: str, period: ChargePeriod) -> Message:
    planned = plan_share(
        rt,
        session,
        message,
        channel_id=ask.channel_id,
        what=f"{whose}/{period.word}",
        by=ask.viewer.slack_user_id,
        message_ts=ask.message_ts,
    )
    if planned:
        audit.note(session, actor=ask.viewer.slack_user_id, act="shared", target=ask.channel_id, at=ask.now)
    return said("share.on_its_way" if planned else "share.already", {}, ask.text)
