from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.reports.status import SourceStatus, StatusReport, Trouble, UnattributedUse
from bot.text import load_texts
from bot.usage import ConsumerKind
from bot.views import said, settings
from tests.block_kit import judge, rows, seen
from tests.usage_rows import DOLLAR, NOW, SOURCE

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
