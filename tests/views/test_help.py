import pytest

from bot.listeners.commands import SUBCOMMANDS
from bot.text import languages, load_texts
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


def test_a_verb_is_listed_with_the_words_that_may_follow_it() -> None:
    message = overview([HelpRow("/ccost me [period]", "help.me", ("models", "days"))], EN)
    assert "with the tip that fits best. Behind it: `models`, `days`." in seen(message)


@pytest.mark.parametrize("language", languages())
def test_no_part_of_the_help_is_cut(language: str) -> None:
    t = load_texts().by_language[language]
    for verb in [None, *(row.words[0] for row in SUBCOMMANDS)]:
        rows = [row for row in SUBCOMMANDS if verb in (None, row.words[0]) and (verb or len(row.words) == 1)]
        finer = tuple(row.words[1] for row in SUBCOMMANDS if len(row.words) > 1)
        message = overview([HelpRow(row.form, row.help_key, () if verb else finer) for row in rows], t)
        assert "…\n" not in seen(message).replace("because …", "")
        assert t(rows[-1].help_key)[:40] in seen(message)
