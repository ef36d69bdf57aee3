from bot.text import load_texts
from bot.views.help import HelpRow, overview
from tests.block_kit import judge, seen

EN = load_texts().by_language["en"]


def test_help_lists_what_can_be_asked_and_how_a_period_is_written() -> None:
    message = overview([HelpRow("/ccost me [period]", "help.me"), HelpRow("/ccost tips", "help.tips")], EN)
    assert message.text == "You can ask: /ccost me [period], /ccost tips."
    assert message.blocks[1]["text"]["text"] == (
        "`/ccost me [period]`\nYour own spend, beside your own past, with the tip that fits best.\n"
        "`/ccost tips`\nHow to get the same work for less, from your own last 30 days."
    )
    for word in ("today", "last-month", "7d", "2026-11-01..2026-11-19", "shown to you alone"):
        assert word in seen(message)
    judge(message)
