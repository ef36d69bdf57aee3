"""The forms: what they ask for, and what stands in their fields at first."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.budget import Alerts
from bot.periods import Cadence
from bot.reports.status import UnattributedUse
from bot.schedule import Schedule
from bot.text import Text
from bot.views import said
from bot.views.blocks import cut, plain, prose, quote
from bot.views.limits import LIMITS, Block
from bot.views.modal import (
    Option,
    View,
    answered,
    channel_field,
    choice_field,
    modal,
    person_field,
    text_field,
    ticks_field,
    time_field,
)

_AMOUNT_CHARACTERS = 20
_NAME_CHARACTERS = 40
_ZONE_CHARACTERS = 60
_REASON_CHARACTERS = 200
"""No more of a reason is shown to those who decide."""
_LABEL_CHARACTERS = 50
"""The amount beside it has to be seen too."""
_MORNING = 9 * 60 + 30
_HOUR = 60
_ZONES = (
    "UTC",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
)
"""Offered after those that somebody here has; any other can be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetForm:
    """What the form for a budget needs to know."""

    whom: str
    """Chosen at first: `me`, `default`, `team` or `workspace`."""
    for_others: bool
    """An admin fills it in: it asks whose budget it is."""
    machines: Sequence[Option] = ()
    """Name and value of each machine that may have one."""
    groups: Sequence[Option] = ()
    """The same of groups."""
    limit_nanos: int | None = None
    """The present monthly limit; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestForm:
    """What the form for a digest needs to know."""

    channel_id: str
    """Chosen at first; empty: none."""
    present: Schedule | None
    """What that channel gets now."""
    zones: Sequence[str]
    """Time zones that somebody here has, the likeliest first."""


def budget(form: BudgetForm, t: Text) -> View:
    """Ask for a budget. Nothing is set by it: the answer is the preview."""
    blocks: list[Block] = [prose(t("form.budget.about"))]
    if form.for_others:
        plain_ones = [(t(f"form.budget.whom.{one}"), one) for one in ("me", "default", "team", "person", "workspace")]
        machines = [(t("form.budget.whom.machine", name=plain(name)), value) for name, value in form.machines]
        of_groups = [(t("form.budget.whom.group", name=plain(name)), value) for name, value in form.groups]
        every = [*plain_ones, *of_groups, *machines]
        blocks += [
            choice_field("whom", t("form.budget.whom.label"), every, initial=form.whom),
            person_field("person", t("form.budget.person"), optional=True),
        ]
    present = t.usd(form.limit_nanos) if form.limit_nanos else ""
    blocks += [_amount(present, t), _cadence(Cadence.MONTHLY, t)]
    return _form(t("form.budget.title"), blocks, t("form.budget.submit"), t)


def request(cadence: Cadence, t: Text) -> View:
    """Ask for a wish, and why."""
    blocks = [
        prose(t("form.request.about")),
        _amount("", t),
        _cadence(cadence, t),
        text_field("reason", t("form.request.reason"), hint=t("form.request.hint"), longest=_REASON_CHARACTERS),
    ]
    return _form(t("form.request.title"), blocks, t("form.request.submit"), t)


def quiet(found: Alerts, zone: str, t: Text) -> View:
    """Ask for the hours in which nobody should write."""
    has_none = found.quiet_from == found.quiet_to
    hours = Alerts() if has_none else found
    options = [(t(f"form.quiet.when.{one}"), one) for one in ("on", "off")]
    blocks = [
        prose(t("form.quiet.about", zone=quote(zone))),
        choice_field("when", t("form.quiet.when.label"), options, initial="off" if has_none else "on"),
        time_field("from", t("form.quiet.from"), initial=_clock(hours.quiet_from)),
        time_field("to", t("form.quiet.to"), initial=_clock(hours.quiet_to)),
    ]
    return _form(t("form.quiet.title"), blocks, t("form.save"), t)


def digest(form: DigestForm, t: Text) -> View:
    """Ask which channel should be told, and when."""
    present = form.present
    cadences = [(t(f"form.digest.cadence.{one}"), one.value) for one in (Cadence.DAILY, Cadence.WEEKLY)]
    zones = list(dict.fromkeys([*form.zones, *_ZONES]))
    flags = {"weekends": bool(present and present.weekends), "always": bool(present and present.spendless)}
    blocks = [
        prose(t("form.digest.about")),
        channel_field("channel", t("form.digest.channel"), initial=form.channel_id or None, hint=t("form.digest.in")),
        choice_field(
            "cadence",
            t("form.digest.cadence.label"),
            cadences,
            initial=(present.cadence if present else Cadence.DAILY).value,
        ),
        time_field("time", t("form.digest.time"), initial=_clock(present.minute if present else _MORNING)),
        choice_field("zone", t("form.digest.zone"), [(one, one) for one in zones], initial=zones[0]),
        text_field(
            "other_zone",
            t("form.digest.other_zone"),
            placeholder="Europe/Lisbon",
            optional=True,
            longest=_ZONE_CHARACTERS,
        ),
        ticks_field(
            "flags",
            t("form.digest.flags"),
            [(t(f"form.digest.{one}"), one) for one in flags],
            initial=[one for one, is_set in flags.items() if is_set],
        ),
    ]
    return _form(t("form.digest.title"), blocks, t("form.save"), t)


def link(rows: Sequence[UnattributedUse], chosen: str, t: Text) -> View:
    """Ask whose use something is; `chosen` is the label that is meant at first."""
    if not rows:
        return answered(said("link.nothing", {}, t), t)
    costs: dict[str, int] = {}
    for row in rows:
        costs[row.label] = costs.get(row.label, 0) + row.cost_nanos
    # A longer label cannot be the value of a choice; cut, it would be another's.
    short = [label for label in costs if len(label) <= LIMITS.option_characters]
    labels = [*(label for label in short if label == chosen), *(label for label in short if label != chosen)]
    labels = labels[: LIMITS.options]
    if not labels:
        return answered(said("form.link.too_long", {}, t), t)
    left = len(costs) - len(labels)
    kinds = [(t(f"form.link.kind.{one}"), one) for one in ("person", "machine")]
    blocks = [
        prose(t("form.link.about")),
        *([prose(t("form.link.more", n=left))] if left else []),
        choice_field(
            "who",
            t("form.link.who"),
            [(_labelled(one, costs[one], t), one) for one in labels],
            initial=chosen,
        ),
        choice_field("kind", t("form.link.kind.label"), kinds, initial="person"),
        person_field("person", t("form.link.person")),
        text_field("machine", t("form.link.machine"), placeholder="ci-review", optional=True, longest=_NAME_CHARACTERS),
    ]
    return _form(t("form.link.title"), blocks, t("form.link.submit"), t)


def _form(title: str, blocks: Sequence[Block], submit: str, t: Text) -> View:
    return modal(title, blocks, t, submit=submit)


def _labelled(label: str, cost_nanos: int, t: Text) -> str:
    return t("format.labelled", label=cut(plain(label), _LABEL_CHARACTERS), value=t.usd(cost_nanos))


def _amount(initial: str, t: Text) -> Block:
    return text_field(
        "amount",
        t("form.amount"),
        initial=initial,
        placeholder="$200",
        hint=t("form.dollars"),
        longest=_AMOUNT_CHARACTERS,
    )


def _cadence(initial: Cadence, t: Text) -> Block:
    options = [(t(f"form.cadence.{one}"), one.value) for one in (Cadence.MONTHLY, Cadence.WEEKLY, Cadence.DAILY)]
    return choice_field("cadence", t("form.cadence.label"), options, initial=initial.value)


def _clock(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"
