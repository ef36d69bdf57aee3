"""Every limit of Block Kit that we obey, in one table.

Sources disagree on the newer blocks; the lower figure counts. Slack counts after escaping, so we cut before and escape
last, and stay below the line.
"""

from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many, and how long."""

    blocks: int = 45
    """Slack takes 50."""
    message_characters: int = 12_000
    """Undocumented: messages were refused as a whole from about 13,200 on (slackapi/bolt-js#2509)."""
    text_characters: int = 3_000
    section_characters: int = 2_900
    """Slack takes 3,000."""
    header_characters: int = 150
    fields: int = 10
    field_characters: int = 2_000
    buttons: int = 25
    button_characters: int = 75
    button_value_characters: int = 2_000
    confirm_title_characters: int = 100
    confirm_characters: int = 300
    confirm_button_characters: int = 30
    options: int = 100
    option_characters: int = 75
    label_characters: int = 2_000
    placeholder_characters: int = 150
    view_title_characters: int = 24
    view_blocks: int = 95
    """Slack takes 100."""
    name_characters: int = 80
    """Our own: a name that people gave to somebody or something."""
    charts: int = 2
    series: int = 6
    points: int = 20
    chart_title_characters: int = 50
    chart_label_characters: int = 20
    axis_characters: int = 50
    table_rows: int = 100
    """Below the header row."""
    table_columns: int = 20
    table_characters: int = 8_000
    """Slack takes 10,000 to 20,000; what else the message says needs its place too."""
    table_page: int = 15
    """Our own: rows that are seen at once."""


LIMITS = Limits()

_SEEN = frozenset({"text", "label", "name", "title", "caption", "x_label", "y_label"})


def characters(value: object) -> int:
    """Count the characters that a reader sees in blocks."""
    if isinstance(value, dict):
        own = sum(len(word) for key, word in value.items() if key in _SEEN and isinstance(word, str))
        return own + sum(characters(inner) for inner in value.values() if not isinstance(inner, str))
    if isinstance(value, list):
        return sum(len(item) if isinstance(item, str) else characters(item) for item in value)
    return 0
