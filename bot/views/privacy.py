"""What is stored about somebody: in plain words on `/ccost settings privacy`, and in full as their own export."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, header, plain, prose, quote
from bot.views.figures import Cell, data_table, word_cell
from bot.views.limits import Block
from bot.views.plain import csv_cell, exact

LOOKS_DAYS = 90
"""How far back it is shown who looked; the export has all of it."""
FORMAT = "ccost-export-1"
_IDS_SHOWN = 5
_NANOS, _USD = "_nanos", "_usd"
_OFF = "off"

Sections = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """Somebody was shown this person's figures."""

    at: datetime
    by: str
    """The name of who looked."""
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyReport:
    """What is stored about somebody, counted."""

    name: str
    email: str | None
    zone: str | None
    language: str
    """As the code of `locales/`."""
    usage_ids: Sequence[str]
    first_date: date | None
    last_date: date | None
    day_rows: int
    budgets: int
    requests: int
    messages: int
    oldest_message_at: datetime | None
    tokens: int
    versions: Sequence[str]
    telemetry_rows: int
    groups: Sequence[str]
    leads: Sequence[str]
    looks: Sequence[LookedAt]
    content_days: int
    """How long what a message said is kept."""
    key_days: int
    """How long it is kept that there was a message."""
    tips_off: bool
    alerts_off: bool
    people_enabled: bool
    """Whether leads and admins may ask for figures of people."""


def privacy(report: PrivacyReport, t: Text) -> Message:
    """Answer `/ccost settings privacy`."""
    stored = [
        _account(report, t),
        _usage(report, t),
        _days(report, t),
        t("privacy.choices", budgets=report.budgets, requests=report.requests),
        _telemetry(report, t),
        _messages(report, t),
        *_groups(report, t),
    ]
    looked = _looked(report, t)
    people = t("privacy.people_on" if report.people_enabled else "privacy.people_off")
    return Message(
        escape(t.sentences_of([*stored, looked]).replace("*", "")),
        [
            header(t("privacy.title")),
            prose("\n".join(stored)),
            prose(t.sentences_of([t("privacy.never"), people])),
            prose(looked),
            *_looks(report, t),
            prose(t("privacy.kept", content=report.content_days, keys=report.key_days)),
            prose(t("privacy.enforced")),
            actions(_buttons(report, t)),
        ],
    )


def document(sections: Sections, *, made_at: datetime) -> dict[str, object]:
    """Turn what is stored into the export: one JSON object with a list for each kind of thing.

    `format` names the shape. Amounts are dollars as strings with nine decimals, in fields that end in `_usd`; instants
    and days are ISO 8601 in UTC; a beginning or an end that is null has none. `usage_days` has a row a UTC day, usage
    id and model; those with `counted` false are shadows of another source's rows and in no sum. `marks` of
    `budget_periods` says for each percentage whether it was crossed. `usage_days_before` is what restated rows were, in
    the reading of that revision.
    """
    return {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        **{section: [_written(row) for row in rows] for section, rows in sections.items()},
    }


def as_json(sections: Sections, *, made_at: datetime) -> str:
    """Write the export as JSON that a person can read."""
    return json.dumps(document(sections, made_at=made_at), indent=2, ensure_ascii=False) + "\n"


def as_csv(sections: Sections) -> str:
    """Write the daily totals alone, as rows for a spreadsheet."""
    rows = [_written(row) for row in sections["usage_days"]]
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, fieldnames=list(rows[0]) if rows else ["usage_date"])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: csv_cell("" if value is None else str(value)) for name, value in row.items()})
    return written.getvalue()


def _written(row: Mapping[str, Any]) -> dict[str, object]:
    written: dict[str, object] = {}
    for name, value in row.items():
        if name.endswith(_NANOS):
            written[name.removesuffix(_NANOS) + _USD] = None if value is None else exact(value)
        else:
            written[name] = value.isoformat() if isinstance(value, date) else value
    return written


def _account(report: PrivacyReport, t: Text) -> str:
    return t(
        "privacy.account",
        name=quote(report.name),
        email=quote(report.email) if report.email else t("privacy.no_email"),
        zone=quote(report.zone) if report.zone else t("privacy.no_zone"),
        language=t(f"language.{report.language}"),
    )


def _usage(report: PrivacyReport, t: Text) -> str:
    if not report.usage_ids:
        return t("privacy.no_usage_ids")
    shown = [quote(one) for one in report.usage_ids[:_IDS_SHOWN]]
    more = len(report.usage_ids) - len(shown)
    shown += [t("privacy.more_ids", n=more)] if more else []
    return t("privacy.usage_ids", ids=t.join(shown))


def _days(report: PrivacyReport, t: Text) -> str:
    if report.first_date is None or report.last_date is None:
        return t("privacy.no_days")
    return t("privacy.days", n=report.day_rows, span=t.span(report.first_date, report.last_date))


def _telemetry(report: PrivacyReport, t: Text) -> str:
    if not report.tokens and not report.telemetry_rows:
        return t("privacy.no_telemetry")
    parts = [t("privacy.telemetry", n=report.tokens, rows=report.telemetry_rows)]
    if report.versions:
        shown = [quote(one) for one in report.versions[-_IDS_SHOWN:]]
        parts.append(t("privacy.versions", versions=t.join(shown)))
    return t.sentences_of(parts)


def _messages(report: PrivacyReport, t: Text) -> str:
    if report.oldest_message_at is None:
        return t("privacy.no_messages")
    return t("privacy.messages", n=report.messages, day=t.long_day(report.oldest_message_at.date()))


def _groups(report: PrivacyReport, t: Text) -> list[str]:
    names = {
        "privacy.groups": report.groups,
        "privacy.leads": report.leads,
    }
    return [t(key, names=t.join([quote(one) for one in found])) for key, found in names.items() if found]


def _looked(report: PrivacyReport, t: Text) -> str:
    if not report.looks:
        return t("privacy.nobody_looked", days=LOOKS_DAYS)
    return t("privacy.looked", n=len(report.looks), days=LOOKS_DAYS)


def _looks(report: PrivacyReport, t: Text) -> list[Block]:
    if not report.looks:
        return []
    head = [t(f"privacy.column.{name}") for name in ("when", "who", "period")]

    def rest(n: int) -> list[Cell]:
        return [word_cell(t("privacy.more_looks", n=len(report.looks) - n)), word_cell("–"), word_cell("–")]

    rows = [
        [word_cell(t.instant(one.at)), word_cell(plain(one.by)), word_cell(plain(one.period))] for one in report.looks
    ]
    return [data_table(t("privacy.looks_title"), head, rows, rest=rest)]


def _buttons(report: PrivacyReport, t: Text) -> list[Block]:
    buttons = [button(t("preferences.button.export"), "settings.export", "settings export")]
    if not report.tips_off:
        buttons.append(button(t("preferences.button.tips_off"), "tips.off", f"settings tips {_OFF}"))
    if not report.alerts_off:
        buttons.append(button(t("privacy.alerts_off"), "alerts.off", f"settings alerts {_OFF}"))
    return buttons
