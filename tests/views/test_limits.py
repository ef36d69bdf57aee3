"""No view can make a message that Slack refuses: not for five hundred people, sixty models, or hostile names."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.periods import ChargePeriod
from bot.reports.footing import Footing, footing
from bot.reports.parts import Change
from bot.reports.rate_limits import plan
from bot.reports.reconcile import Comparison, Part, Reason
from bot.reports.spend import member_summary, team_summary
from bot.reports.status import ReportStatus, SourceStatus, StatusReport, Trouble, UnattributedUse
from bot.reports.team_models import team_models
from bot.reports.tips import advise
from bot.text import Text, load_texts
from bot.usage import (
    Activity,
    ConsumerKind,
    CostMetric,
    DayState,
    MachineSpend,
    MemberUsage,
    Owner,
    Plan,
    Provenance,
    SpendRow,
    TeamRow,
    TeamUsage,
    Tokens,
)
from bot.views import about, me, onboarding, reconcile, said, share, team, tips
from bot.views import help as help_view
from bot.views import settings as settings_view
from bot.views.blocks import Message
from bot.views.help import HelpRow
from tests.block_kit import judge
from tests.usage_rows import DOLLAR, NOW, SOURCE, spend, standing

LONGEST = ChargePeriod(date(2025, 10, 19), date(2026, 11, 23), "2025-10-19..2026-11-22")
HOSTILE = (
    "<!channel> <@U123> <https://evil.example|click>",
    "*bold* _it_ ~gone~ `code` ```block```",
    "\u202egnirts\u2066\u200b\ud800\x00\n\r\u2028",
    "& &amp; &lt; " * 40,
    "{n.__class__} {0} %s",
    "𝕏" * 500,
    "",
)
TOKENS = Tokens(
    uncached_input_tokens=10**11,
    output_tokens=10**11,
    cache_read_input_tokens=10**12,
    cache_creation_input_tokens=10**12,
)


def ground(period: ChargePeriod) -> Footing:
    """Every other day never read: the longest list that a footer can have to tell."""
    states = (DayState.MISSING, DayState.HELD, DayState.SETTLING, DayState.OPEN)
    days = [standing(day, states[n % 4], quarantined=9) for n, day in enumerate(period.days())]
    return footing(
        days,
        period,
        now=NOW + timedelta(days=400),
        changed=list(period.days())[::2],
        self_declared_nanos=10**15,
        comparison=apart(list(period.days())[::2]),
    )


def apart(days: list[date]) -> Comparison:
    """Days whose figures differ by as much as they can, with everything that there is to say of it."""
    return Comparison(
        days=tuple(days),
        own_nanos=10**18,
        report_nanos=10**15,
        estimated_nanos=1,
        parts=tuple(Part(reason=reason, cost_nanos=10**18) for reason in list(Reason)[:4]),
        unexplained_nanos=10**18,
    )


def rows_of(models: list[str], people: int) -> list[SpendRow]:
    """Each model used by each of so many people on one of the period's days, in every plan and metric."""
    days = list(LONGEST.days())
    kinds = [(plan, metric) for plan in Plan for metric in CostMetric]
    return [
        spend(
            days[(n + m) % len(days)],
            10**15 + n,
            model=model,
            plan=kinds[n % 6][0],
            metric=kinds[n % 6][1],
            tokens=TOKENS,
        )
        for m, model in enumerate(models)
        for n in range(people)
    ]


def every_message(names: list[str], rows: list[SpendRow], t: Text) -> Iterator[Message]:
    """Every view there is, of the same use."""
    busy = Activity(sessions=10**9, edits_accepted=10**9, edits_rejected=10**9, active_seconds=10**9)
    usage = MemberUsage(rows=tuple(rows), activity_by_day=dict.fromkeys(LONGEST.days(), busy))
    changes = [Change(day=day, before_nanos=0, after_nanos=10**15, changed_at=NOW) for day in LONGEST.days()]
    member = member_summary(usage, usage, LONGEST, ground(LONGEST), changes)
    advice = advise(usage, LONGEST)
    machines = tuple(
        MachineSpend(name=name, owner_name=owner, cost_nanos=10**15, plan=plan, cost_metric=CostMetric.LIST)
        for name in names
        for owner in names[:3]
        for plan in Plan
    )
    owners = list(Owner)
    everybody = TeamUsage(
        rows=tuple(TeamRow(owner=owners[n % 3], spend=row) for n, row in enumerate(rows)),
        active_members=500,
        active_member_days=10_000,
        machines=machines,
    )
    yield me.summary(member, advice, t, may_share=True)
    yield me.models(member, t)
    yield me.days(member, t)
    yield me.not_covered(None, LONGEST, t)
    yield me.not_covered(LONGEST.start, LONGEST, t)
    yield tips.tips(advice, t)
    organization = team_summary(everybody, everybody, LONGEST, ground(LONGEST), changes)
    yield team.summary(organization, t, may_share=True)
    yield team.models(organization, team_models(everybody, organization), t)
    many = replace(organization, people_by_model={row.model: 5 for row in rows})
    yield team.models(many, team_models(everybody, many), t)
    yield team.days(organization, t)
    for name in names[:8]:
        yield share.mine(member, name, t)
        yield share.team(organization, name, t)
    yield onboarding.ready(onboarding.Found(with_usage=10**9, matched=10**9, days_read=10**6, recent=organization), t)
    yield team.plan(plan(999_999), t)
    yield help_view.overview([HelpRow("/ccost settings link [WHO to @person]", "help.settings.link")] * 20, t)
    yield settings_view.unattributed(
        [
            UnattributedUse(label=name, kind=kind, cost_nanos=10**15, last_seen=LONGEST.last, source=name)
            for name in names
            for kind in ConsumerKind
        ],
        t,
    )
    told = [
        Provenance(source=name, counted_rows=10**9, shadow_rows=10**9, days=400, revision=10**6, as_of=NOW)
        for name in names
    ]
    yield about.about(told, ground(LONGEST), member.by_metric, LONGEST, t)
    differing = tuple(apart([day]) for day in LONGEST.days())
    yield reconcile.alert(differing, t)
    many_days = tuple(LONGEST.days())[::2]
    yield settings_view.status(
        StatusReport(
            now=NOW,
            poll_minutes=30,
            sources=tuple(
                SourceStatus(
                    name=name or SOURCE,
                    last_success_at=NOW,
                    trouble=Trouble.REJECTED,
                    why=name,
                    held_days=many_days,
                    missing_days=many_days,
                    rows=10**9,
                    speaks_days=35,
                    shares_account=True,
                    instead=name or SOURCE,
                )
                for name in names[:8]
            ),
            cost_report=ReportStatus(
                source=SourceStatus(name="anthropic_cost", last_success_at=NOW, trouble=Trouble.CHANGED, why=names[0]),
                knows_claude_code=True,
                months=(apart(list(many_days)), apart(list(many_days))),
                owners=(dict.fromkeys(Owner, 10**18),) * 2,
                differing=differing,
            ),
            people=500,
            matched_people=499,
            unattributed=500,
            for_admin=True,
            missing_scopes=("groups:read", "channels:read"),
        ),
        t,
    )
    for key in ("error.verb_nearest", "error.link_unknown_consumer", "link.done_machine"):
        values = dict.fromkeys(("word", "form", "name", "who", "machine", "owner"), names[0])
        yield said(key, values, t)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_five_hundred_people_and_sixty_models_fit_into_every_answer(language: str) -> None:
    names = [f"{HOSTILE[n % len(HOSTILE)]}{n}" for n in range(60)]
    for message in every_message(names, rows_of(names, 500), load_texts().by_language[language]):
        judge(message)


def test_nothing_at_all_fits_too() -> None:
    for t in load_texts().by_language.values():
        empty = member_summary(MemberUsage(), MemberUsage(), LONGEST, footing([], LONGEST))
        nobody = team_summary(TeamUsage(), TeamUsage(), LONGEST, footing([], LONGEST))
        advice = advise(MemberUsage(), LONGEST)
        for message in (me.summary(empty, advice, t), team.summary(nobody, t), me.models(empty, t), me.days(empty, t)):
            judge(message)


NAMES = st.lists(
    st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=120)), min_size=1, max_size=130
)


@settings(max_examples=15, deadline=None)
@given(names=NAMES, language=st.sampled_from(["en", "ja"]), dollars=st.integers(0, 10**9))
def test_whatever_people_and_machines_are_called_slack_takes_the_answer(
    names: list[str], language: str, dollars: int
) -> None:
    rows = [spend(LONGEST.last, dollars * DOLLAR, model=name, tokens=TOKENS) for name in names]
    for message in every_message(names, rows, load_texts().by_language[language]):
        judge(message)
