"""Reports as plain values, for the command line: JSON with exact decimals as strings, and rows for tables and CSV."""

from collections.abc import Iterable

from bot.money import usd
from bot.reports.footing import Footing
from bot.reports.parts import DaySpend, ModelSpend
from bot.reports.spend import MemberSummary, TeamSummary

Row = dict[str, str]
Document = dict[str, object]

NOT_COVERED: Document = {"covered": False, "total_usd": None, "per_active_day_usd": None}
"""What replaces the figures of somebody whom no source ever saw: missing is not zero."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def member_document(report: MemberSummary) -> Document:
    """One member's report."""
    return {
        **_head(report, report.footing),
        "active_days": report.active_days,
        "per_active_day_usd": _usd(report.per_active_day_nanos),
        "by_model": model_rows(report.by_model),
        "by_day": day_rows(report.by_day),
    }


def team_document(report: TeamSummary) -> Document:
    """The organization's report; `members + machines + unattributed` is `total_usd`."""
    return {
        **_head(report, report.footing),
        "members_usd": _usd(report.members_nanos),
        "machines_usd": _usd(report.machines_nanos),
        "unattributed_usd": _usd(report.unattributed_nanos),
        "active_members": report.active_members,
        "per_active_day_usd": _usd(report.per_active_day_nanos),
        "by_model": model_rows(report.by_model),
        "by_day": day_rows(report.by_day),
        "machines": [
            {"machine": m.name, "owner": m.owner_name, "cost_usd": _usd(m.cost_nanos)} for m in report.machines
        ],
    }


def model_rows(models: Iterable[ModelSpend]) -> list[Row]:
    """A row a model."""
    return [
        {
            "model": model.model,
            "cost_usd": exact(model.cost_nanos),
            "subscription_value_usd": exact(model.subscription_nanos),
            "uncached_input_tokens": str(model.tokens.uncached_input_tokens),
            "output_tokens": str(model.tokens.output_tokens),
            "cache_read_input_tokens": str(model.tokens.cache_read_input_tokens),
            "cache_creation_input_tokens": str(model.tokens.cache_creation_input_tokens),
        }
        for model in models
    ]


def day_rows(days: Iterable[DaySpend]) -> list[Row]:
    """A row a UTC day. An amount that nobody can tell is empty, not zero."""
    return [
        {
            "usage_date": day.day.isoformat(),
            "cost_usd": "" if day.cost_nanos is None else exact(day.cost_nanos),
            "subscription_value_usd": exact(day.subscription_nanos),
            "state": day.state or "",
        }
        for day in days
    ]


def exact(nanos: int) -> str:
    """Write dollars with all nine decimals.

    >>> exact(1_500_000_000)
    '1.500000000'
    """
    return f"{usd(nanos):f}"


def csv_cell(text: str) -> str:
    """Keep a spreadsheet from running what somebody put into a name (OWASP ASVS 1.2.10)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _head(report: MemberSummary | TeamSummary, footing: Footing) -> Document:
    return {
        "period": {"start": report.period.start.isoformat(), "end": report.period.end.isoformat()},
        "covered": True,
        "total_usd": _usd(report.cost_nanos),
        "cost_metrics": {part.cost_metric.value: _usd(part.cost_nanos) for part in report.by_metric},
        "subscription_value_usd": _usd(report.subscription_nanos),
        "unpriced_tokens": sum(part.unpriced_tokens for part in report.by_metric),
        "sources": list(footing.sources),
        "as_of": footing.as_of.isoformat() if footing.as_of else None,
        "open_days": [day.isoformat() for day in footing.open_days],
        "held_days": [day.isoformat() for day in footing.held_days],
        "missing_days": [day.isoformat() for day in footing.missing_days],
        "unreadable_rows": footing.quarantined,
    }


def _usd(nanos: int | None) -> str | None:
    return None if nanos is None else exact(nanos)
