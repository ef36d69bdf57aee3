from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.costs import CostLine, KnownWorkspace, OwnDay, ReportDay
from bot.reports.reconcile import Comparison, Names, compare
from bot.reports.status import ReportStatus, SourceStatus, StatusReport, Trouble, UnattributedUse
from bot.text import load_texts
from bot.usage import ConsumerKind, Owner
from bot.views import said, settings
from tests.block_kit import judge, rows, seen
from tests.usage_rows import CENT, DOLLAR, NOW, SOURCE

EN = load_texts().by_language["en"]


def status(
    source: SourceStatus | None, *, for_admin: bool = False, people: int = 40, scopes: tuple[str, ...] = ()
) -> StatusReport:
    return StatusReport(
        now=NOW,
        poll_minutes=30,
        sources=(source,) if source else (),
        people=people,
        matched_people=max(people - 3, 0),
        unattributed=2,
        for_admin=for_admin,
        missing_scopes=scopes,
    )


def shown(report: StatusReport) -> str:
    message = settings.status(report, EN)
    judge(message)
    return "".join(
        word["text"]
        for block in message.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        for word in [*part["elements"], {"text": "\n"}]
    )


def test_a_healthy_source_says_when_it_was_read_and_that_nothing_is_missing() -> None:
    text = shown(status(SourceStatus(name=SOURCE, last_success_at=NOW - timedelta(minutes=12))))
    assert text == (
        "Claude Code Analytics (Anthropic)\n"
        "Last read Nov 22, 13:48 UTC, 12 minutes ago.\n"
        "No day is held or missing.\n"
        "37 of 40 people with usage matched to Slack.\n"
    )


@pytest.mark.parametrize(
    ("trouble", "what_to_do"),
    [
        (Trouble.UNAVAILABLE, "Nothing to do: ccost asks again by itself."),
        (Trouble.REJECTED, "the operator must check the key"),
        (Trouble.CHANGED, "the operator should update ccost"),
    ],
)
def test_an_error_is_told_in_plain_words_with_what_to_do(trouble: Trouble, what_to_do: str) -> None:
    source = SourceStatus(name=SOURCE, last_success_at=NOW, trouble=trouble, why="HTTP 401 on /v1/x")
    text = shown(status(source))
    assert what_to_do in text
    assert "HTTP 401 on /v1/x" in text
    assert "No day is held or missing" not in text


def test_held_and_missing_days_are_listed() -> None:
    source = SourceStatus(
        name=SOURCE,
        last_success_at=NOW,
        held_days=(date(2026, 11, 9),),
        missing_days=(date(2026, 11, 20), date(2026, 11, 21)),
    )
    text = shown(status(source))
    assert "Held at the earlier figure until a smaller one is confirmed: Nov 9." in text
    assert "2 days not read yet: Nov 20–21." in text


@pytest.mark.parametrize(
    ("age", "said_as"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=60), "1 hour ago"),
        (timedelta(hours=47, minutes=59), "47 hours ago"),
        (timedelta(hours=48), "2 days ago"),
    ],
)
def test_an_age_is_said_in_the_unit_that_people_would_use(age: timedelta, said_as: str) -> None:
    assert said_as in shown(status(SourceStatus(name=SOURCE, last_success_at=NOW - age)))


def test_a_source_that_is_late_says_so_once() -> None:
    late = SourceStatus(name=SOURCE, last_success_at=NOW - timedelta(hours=2))
    assert "later than it should be" in shown(status(late))
    refused = SourceStatus(name=SOURCE, last_success_at=NOW - timedelta(hours=2), trouble=Trouble.UNAVAILABLE)
    assert "later than it should be" not in shown(status(refused))


@pytest.mark.parametrize("for_admin", [True, False])
def test_only_an_admin_is_told_what_only_an_admin_can_mend(for_admin: bool) -> None:
    text = shown(status(SourceStatus(name=SOURCE, last_success_at=NOW), for_admin=for_admin, scopes=("groups:read",)))
    assert ("2 addresses or keys belong to nobody yet" in text) is for_admin
    assert ("has not granted these permissions: groups:read" in text) is for_admin


def test_messages_that_may_not_have_arrived_are_counted_for_whom_they_were_and_held_ones_for_admins() -> None:
    report = replace(status(SourceStatus(name=SOURCE, last_success_at=NOW)), doubtful_messages=2, held_messages=1)
    assert "2 messages to you may not have arrived" in shown(report)
    assert "settings held" not in shown(report)
    assert "1 message waits for a decision: /ccost settings held shows it." in shown(replace(report, for_admin=True))


def test_without_sources_or_people_the_answer_says_so() -> None:
    assert settings.status(status(None), EN).text.startswith("No source of usage is set up yet")
    assert "No person's usage has been seen yet." in shown(
        status(SourceStatus(name=SOURCE, last_success_at=NOW), people=0)
    )


def test_a_source_that_the_language_does_not_know_keeps_its_name() -> None:
    assert "brand_new" in shown(status(SourceStatus(name="brand_new", last_success_at=None)))


def test_unclaimed_use_is_listed_with_how_to_claim_it() -> None:
    use = [
        UnattributedUse(
            label="sofia <x>", kind=ConsumerKind.PERSON, cost_nanos=DOLLAR, last_seen=date(2026, 11, 20), source=SOURCE
        ),
        UnattributedUse(
            label="ci_bot", kind=ConsumerKind.API_KEY, cost_nanos=2 * DOLLAR, last_seen=date(2026, 11, 2), source=SOURCE
        ),
    ]
    message = settings.unattributed(use, EN)
    assert message.text == "2 addresses or keys belong to nobody yet: $3.00 in total."
    assert rows(message) == [
        ["Who", "Kind", "Spend", "Last day", "Source"],
        ["sofia ‹x›", "address", "$1.00", "Fri, Nov 20, 2026", "Claude Code Analytics (Anthropic)"],
        ["ci_bot", "API key", "$2.00", "Mon, Nov 2, 2026", "Claude Code Analytics (Anthropic)"],
        ["Total", "–", "$3.00", "–", "–"],
    ]
    assert "/ccost settings link WHO to @person" in seen(message)
    judge(message)


def test_nothing_to_link_is_good_news() -> None:
    assert settings.unattributed([], EN).text == "All use belongs to somebody: there is nothing to link."


def test_a_refusal_shows_what_was_typed_without_obeying_it() -> None:
    message = said("error.verb_unknown", {"word": "<!channel> `*x*`", "form": "/ccost help"}, EN)
    assert message.text == "I do not know `‹!channel› '∗x∗'`; `/ccost help` shows what you can ask."
    assert [word for word in message.blocks[0]["elements"][0]["elements"] if "style" in word] == [
        {"type": "text", "text": "‹!channel› '∗x∗'", "style": {"code": True}},
        {"type": "text", "text": "/ccost help", "style": {"code": True}},
    ]
    judge(message)


def test_a_number_in_a_refusal_is_shown_as_a_number() -> None:
    assert "longer than 400 days" in said("error.period_too_long", {"word": "900d", "days": 400}, EN).text


def test_a_source_says_how_many_rows_it_has_and_beside_another_for_which_days_it_speaks() -> None:
    alone = SourceStatus(name=SOURCE, last_success_at=NOW, rows=1_204, speaks_days=35)
    assert "1,204 rows of the last 35 days.\n" in shown(status(alone))
    beside = replace(alone, shares_account=True, speaks_days=3)
    assert "Rows of the last 35 days: 1,204. It speaks for 3 days.\n" in shown(status(beside))
    assert "ows of the last" not in shown(status(replace(alone, rows=0)))


def test_what_an_organization_does_not_have_is_said_without_alarm_and_with_who_stands_in() -> None:
    absent = SourceStatus(
        name="anthropic_analytics",
        last_success_at=None,
        trouble=Trouble.ABSENT,
        why="HTTP 403 on /v1/organizations/analytics/cost",
        instead=SOURCE,
        shares_account=True,
    )
    assert shown(status(absent)).startswith(
        "cost analytics (Anthropic)\n"
        "Not to be had here (HTTP 403 on /v1/organizations/analytics/cost).\n"
        "Meanwhile figures come from Claude Code Analytics (Anthropic).\n"
        "37 of 40 people"
    )


def test_a_source_that_had_figures_and_gives_none_now_is_not_said_to_be_none() -> None:
    silent = SourceStatus(
        name="anthropic_analytics", last_success_at=NOW, trouble=Trouble.ABSENT, why="the vendor has no data", rows=7
    )
    text = shown(status(silent))
    assert "Last read Nov 22, 14:00 UTC, just now.\nIt gives nothing now (the vendor has no data).\n" in text
    assert "Not to be had" not in text


def test_a_source_that_is_refused_says_whose_figures_are_shown_meanwhile() -> None:
    refused = SourceStatus(
        name="anthropic_analytics", last_success_at=None, trouble=Trouble.REJECTED, why="HTTP 401", instead=SOURCE
    )
    text = shown(status(refused))
    assert "It has not answered yet.\nThe source refuses our key or its rights (HTTP 401)." in text
    assert "Meanwhile figures come from Claude Code Analytics (Anthropic)." in text


def month(ours: int, theirs: int) -> Comparison:
    """One day of November, in cents."""
    day = date(2026, 11, 19)
    line = CostLine(usage_date=day, workspace_id="w", description="d", cost_type="tokens", cost_nanos=theirs * CENT)
    (found,) = compare(
        [OwnDay(usage_date=day, cost_nanos=ours * CENT)],
        [ReportDay(usage_date=day, as_of=NOW, complete=True, lines=(line,))],
        Names(workspaces=[KnownWorkspace(workspace_id="w", name="Claude Code", is_claude_code=True)]),
        frozenset([day]),
    )
    return found


def compared(
    *months: Comparison, trouble: Trouble | None = None, known: bool = True, read: bool = True
) -> StatusReport:
    owners = {Owner.MEMBER: 90 * DOLLAR, Owner.MACHINE: 10 * DOLLAR, Owner.UNATTRIBUTED: 0}
    source = SourceStatus(
        name="anthropic_cost", last_success_at=NOW if read else None, trouble=trouble, why="HTTP 403" if trouble else ""
    )
    found = ReportStatus(
        source=source,
        knows_claude_code=known,
        months=months,
        owners=(owners,) * len(months),
        differing=tuple(one for one in months if one.is_flagged),
    )
    return replace(status(SourceStatus(name=SOURCE, last_success_at=NOW)), cost_report=found)


def test_everybody_sees_whether_the_cost_report_agrees_and_only_admins_its_figures() -> None:
    report = compared(month(10_000, 9_680))
    text = shown(report)
    assert "cost report (Anthropic)\nLast read Nov 22, 14:00 UTC, just now.\n" in text
    assert "ccost counts $3.20 (3.2%) more than the organization's cost report (Nov 19)." in text
    assert "members $90.00" not in text
    for_admin = replace(report, for_admin=True)
    assert "members $90.00, machines $10.00, unattributed $0.00" in shown(for_admin)
    assert rows(settings.status(for_admin, EN))[1] == ["Thu, Nov 19, 2026", "$100.00", "$96.80", "+3.2%"]
    assert "data_table" not in str(settings.status(report, EN).blocks)


def test_where_the_two_agree_there_is_no_table_of_days() -> None:
    agreed = replace(compared(month(10_000, 9_990)), for_admin=True)
    assert "Matches the organization's cost report within 0.1% (Nov 19)." in shown(agreed)
    assert "data_table" not in str(settings.status(agreed, EN).blocks)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (compared(), "No day could be compared yet"),
        (compared(known=False), "the organization has no workspace named Claude Code"),
        (compared(read=False), "It has not answered yet.\n37 of 40"),
        (compared(trouble=Trouble.ABSENT, read=False), "Not to be had here (HTTP 403).\n37 of 40"),
    ],
)
def test_why_nothing_is_compared_is_said(report: StatusReport, said: str) -> None:
    assert said in shown(report)
