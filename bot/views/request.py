"""A request for a larger budget: to those who decide, and back to the one who asked.

Those who decide read what the person wrote for them. What the person has spent is nobody else's.
"""

from bot.budget import BudgetRequest, RequestState
from bot.money import NANOS_PER_USD
from bot.text import Text
from bot.views.blocks import Message, actions, button, cut, escape, header, prose, quote

_REASON_CHARACTERS = 200
"""Our own: a reason is a line, not a letter."""
_OFFERED = 3


def asked(request: BudgetRequest, who: str, limit_nanos: int | None, t: Text) -> Message:
    """Tell those who decide what somebody asks for, beside the present limit."""
    number = request.request_id
    sentence = t("request.asked", who=quote(who), limit=t.usd(request.limit_nanos), unit=_unit(request, t))
    now = t("request.now_none") if limit_nanos is None else t("request.now", limit=t.usd(limit_nanos))
    reason = t("request.reason", reason=_reason(request.reason))
    return Message(
        escape(t.sentences_of([sentence, now, reason])),
        [
            header(t("request.title")),
            prose(sentence),
            prose(now),
            prose(reason),
            actions(
                [
                    button(t("request.button.approve"), "request.approve", f"budget approve {number}"),
                    button(t("request.button.another"), "request.another", f"budget approve {number} another"),
                    button(t("request.button.deny"), "request.deny", f"budget deny {number}"),
                ]
            ),
        ],
    )


def another(request: BudgetRequest, who: str, limit_nanos: int | None, t: Text) -> Message:
    """Offer amounts between what is and twice what was asked for."""
    sentence = t("request.another", who=quote(who), unit=_unit(request, t), id=str(request.request_id))
    return Message(
        escape(sentence),
        [
            prose(sentence),
            actions(
                [
                    button(t.usd(amount), f"request.amount.{'abc'[n]}", _value(request.request_id, amount))
                    for n, amount in enumerate(sensible_amounts(request.limit_nanos, limit_nanos))
                ]
            ),
        ],
    )


def sensible_amounts(wished_nanos: int, limit_nanos: int | None) -> list[int]:
    """Give at most three amounts in whole dollars that somebody may mean instead of the one that was asked for."""
    meant = [wished_nanos // 2, wished_nanos * 3 // 4]
    if limit_nanos:
        meant += [(limit_nanos + wished_nanos) // 2, limit_nanos * 2]
    whole = {max(amount // NANOS_PER_USD, 1) * NANOS_PER_USD for amount in meant}
    return sorted(whole - {wished_nanos, limit_nanos or 0})[:_OFFERED]


def reply(request: BudgetRequest, by: str, t: Text) -> Message:
    """Tell the one who asked what was decided."""
    approved = request.state is RequestState.APPROVED
    amount = request.decided_nanos if approved and request.decided_nanos else request.limit_nanos
    key = "request.reply_approved" if approved else "request.reply_denied"
    sentence = t(key, by=quote(by), limit=t.usd(amount), unit=_unit(request, t))
    return Message(escape(sentence), [header(t("request.reply_title")), prose(sentence)])


def decided(request: BudgetRequest, who: str, t: Text) -> Message:
    """Confirm a decision to the one who made it."""
    approved = request.state is RequestState.APPROVED
    values: dict[str, str] = {"who": quote(who), "unit": _unit(request, t)}
    values["limit"] = t.usd(request.decided_nanos or request.limit_nanos)
    sentence = t("request.approved" if approved else "request.denied", **values)
    return Message(escape(sentence), [prose(sentence)])


def already_decided(request: BudgetRequest, by: str, t: Text) -> Message:
    """Tell somebody who decides that it was decided before."""
    approved = request.state is RequestState.APPROVED
    key = "request.already_approved" if approved else "request.already_denied"
    sentence = t(key, by=quote(by), limit=t.usd(request.decided_nanos or request.limit_nanos))
    return Message(escape(sentence), [prose(sentence)])


def received(request: BudgetRequest, t: Text, *, already: bool) -> Message:
    """Tell the one who asked that it is on its way, or was before."""
    key = "request.waiting" if already else "request.sent"
    sentence = t(key, limit=t.usd(request.limit_nanos), unit=_unit(request, t))
    return Message(escape(sentence), [prose(sentence)])


def _unit(request: BudgetRequest, t: Text) -> str:
    return t(f"budget.unit.{request.cadence}")


def _reason(reason: str) -> str:
    """Words of the person, on as many lines of 80 characters as they need, made inert like every word of others."""
    words, lines = reason.split(), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > 80:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return cut(" ".join(quote(line) for line in lines), _REASON_CHARACTERS)


def _value(request_id: int, amount_nanos: int) -> str:
    return f"budget approve {request_id} {amount_nanos // NANOS_PER_USD}"
