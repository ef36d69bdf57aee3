import pytest

from bot.reports.spend import team_summary
from bot.text import languages, load_texts
from bot.usage import Owner, TeamRow, TeamUsage
from bot.views.onboarding import Found, ready
from tests.block_kit import judge, seen
from tests.usage_rows import DOLLAR, MONTH, settled, spend

TEXTS = load_texts().by_language
USED = TeamUsage(rows=(TeamRow(owner=Owner.MEMBER, spend=spend(cost_nanos=1_234 * DOLLAR)),))


def found(people: int = 40, matched: int = 37, days: int = 90) -> Found:
    recent = team_summary(USED, TeamUsage(), MONTH, settled())
    return Found(with_usage=people, matched=matched, days_read=days, recent=recent)


def test_the_first_message_says_what_was_found_and_that_nobody_else_reads_it() -> None:
    message = ready(found(), TEXTS["en"])
    assert message.text == (
        "ccost is ready. Usage of the last 30 days: $1,234.00. I have read 90 days of usage. "
        "37 of 40 people with usage are matched to Slack."
    )
    assert "Nobody else is written to before somebody here asks for it." in seen(message)
    assert "About these figures" in seen(message)


@pytest.mark.parametrize("language", languages())
def test_its_three_buttons_open_forms_and_set_nothing(language: str) -> None:
    message = ready(found(), TEXTS[language])
    (buttons,) = (block["elements"] for block in message.blocks if block["type"] == "actions")
    assert [(one["action_id"], one.get("value")) for one in buttons] == [
        ("open.digest", None),
        ("open.budget", "default"),
        ("open.link", None),
    ]
    assert "$1,234.00" in message.text
    judge(message)


def test_where_no_person_was_seen_it_does_not_count_them() -> None:
    text = ready(found(people=0, matched=0, days=1), TEXTS["en"]).text
    assert "I have read 1 day of usage. No person's usage has been seen in it yet." in text
