"""What people see. A view is a pure function of a report and a language; it never knows who will read it."""

from collections.abc import Mapping

from bot.text import Text
from bot.views.blocks import Message, escape, prose, quote


def said(key: str, values: Mapping[str, object], t: Text) -> Message:
    """Say one sentence: a refusal, a confirmation, what to type instead. Words of others may be among the values."""
    clean = {name: quote(value) if isinstance(value, str) else value for name, value in values.items()}
    sentence = t(key, **clean)
    return Message(escape(sentence), [prose(sentence)])
