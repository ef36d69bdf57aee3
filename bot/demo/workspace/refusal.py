"""How Slack's Web API says no."""

from typing import Any


class SlackRefusal(Exception):
    """`ok: false`, with Slack's word for why."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: dict[str, Any] = {"ok": False, "error": error, **more}
