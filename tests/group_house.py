"""Groups in the demo company: who asks, what they read, and days that are complete at any hour of any day."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from bot.demo.cast import BOT_USER_ID, CAST
from bot.demo.composition import Playground
from bot.demo.workspace.state import Entry
from bot.views.blocks import Message, without_native_blocks
from tests.block_kit import texts
from tests.slack_workspace import until
from tests.world import days, truth

ADMIN, ADA, KENJI, GRACE, WENDY = "U0CHLOE", "U0ADA", "U0KENJI", "U0GRACE", "U0WENDY"
NINE = ("ada", "haruka", "kenji", "boris", "chloe", "diego", "emiko", "farid", "grace")
ADDRESS = {one.email.partition("@")[0]: (one.claude_email or one.email).casefold() for one in CAST if one.email}
LOOKING = "One moment"


def last_month() -> date:
    """The first day of last month."""
    return (datetime.now(UTC).date().replace(day=1) - timedelta(1)).replace(day=1)


def three_weeks() -> str:
    """The first three parts of last month: long over on the first of this one, and within 90 days."""
    first = last_month()
    return f"{first}..{first + timedelta(20)}"


def parts() -> list[tuple[date, date]]:
    """The first and last days of these parts."""
    first = last_month()
    return [(first + timedelta(7 * n), first + timedelta(7 * n + 6)) for n in range(3)]


def ask(bot: Playground, who: str, words: str) -> Entry:
    """Type it, and wait for the answer, also for one that comes a moment later."""

    def answers() -> list[Entry]:
        seen = bot.workspace.team.conversation("C0GENERAL", who)
        return [one for one in seen if one.author_id == BOT_USER_ID and not one.text.startswith(LOOKING)]

    before = len(answers())
    assert bot.sender.command(who, "C0GENERAL", words).status == "answered"
    until(lambda: len(answers()) > before)
    return answers()[-1]


def read(answer: Entry) -> str:
    """All that a reader sees, tables included."""
    drawn = without_native_blocks(Message(answer.text, [dict(block) for block in answer.blocks]))
    return "\n".join([answer.text, *texts(drawn.blocks)])


def amounts(text: str) -> list[str]:
    """Every amount in a text."""
    return re.findall(r"\$[\d,]+\.\d\d", text)


def cents(amount: str) -> int:
    """An amount in cents."""
    return int(re.sub(r"[$,.]", "", amount))


def spent(bot: Playground, people: Iterable[str], first: date, last: date) -> Fraction:
    """What people spent, in exact cents, by what the company did."""
    span = days(first, last)
    return sum((truth(bot.company, ADDRESS[one], span) for one in people), Fraction())


def mentions(people: Iterable[str]) -> str:
    """People as one types them."""
    return " ".join(f"@{one}" for one in people)
