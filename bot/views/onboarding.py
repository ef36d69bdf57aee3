"""The first message of all: to one admin, what was found, and what they may want to set."""

from dataclasses import dataclass

from bot.reports.spend import TeamSummary
from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, header, prose, section
from bot.views.shared import footer, total_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the first reading has brought."""

    with_usage: int
    """People, by their address."""
    matched: int
    """How many of them Slack knows."""
    days_read: int
    recent: TeamSummary
    """The last 30 days of the organization."""


def ready(found: Found, t: Text) -> Message:
    """Say that ccost is ready. Nothing is set by reading it; each button opens a form."""
    report = found.recent
    span = t.span(report.period.start, report.period.last)
    totals = total_lines(span, report.cost_nanos, report.by_metric, report.subscription_nanos, t)
    people = (
        t("onboarding.people", n=found.with_usage, matched=found.matched)
        if found.with_usage
        else t("onboarding.nobody")
    )
    facts = [t("onboarding.found", n=found.days_read), people]
    said = [t("onboarding.text", cost=t.usd(report.cost_nanos)), *(fact.replace("*", "") for fact in facts)]
    return Message(
        escape(t.sentences_of([*said, *totals[1:]])),
        [
            header(t("onboarding.title")),
            section("\n".join(totals)),
            prose(t.sentences_of(facts)),
            prose(t("onboarding.next")),
            actions(
                [
                    button(t("onboarding.button.digest"), "open.digest", ""),
                    button(t("onboarding.button.budget"), "open.budget", "default"),
                    button(t("onboarding.button.link"), "open.link", ""),
                ]
            ),
            prose(t("onboarding.quiet")),
            footer(report.footing, report.by_metric, t),
        ],
    )
