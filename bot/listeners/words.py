"""Words that several commands understand."""

import re

from bot.errors import UserError

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def parse_time(word: str) -> int:
    """Understand `10:30` or `9:05` as minutes of a day. Raises `UserError` that says the right form.

    >>> parse_time("10:30")
    630
    """
    match = _TIME.fullmatch(word)
    if match is None:
        raise UserError("error.time_form", word=word)
    return int(match[1]) * 60 + int(match[2])
