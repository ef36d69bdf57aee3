"""What an admin reads about subscriptions and budgets."""

from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, prose

_COMMAND = "budget subscriptions"


def state(counted: bool, t: Text) -> Message:  # noqa: FBT001 - the one thing that there is to say
    """Say whether a subscription's use counts in budgets, and offer the other."""
    said = t("budget.subscriptions.in" if counted else "budget.subscriptions.out")
    other = button(
        t("budget.subscriptions.take_out" if counted else "budget.subscriptions.take_in"),
        "budget.subscriptions",
        f"{_COMMAND} {'off' if counted else 'on'}",
    )
    return Message(escape(said.replace("*", "")), [prose(said), actions([other])])


def preview(wanted: bool, t: Text) -> Message:  # noqa: FBT001 - as above
    """Say what would change, before anything does."""
    key = "in" if wanted else "out"
    lines = [t(f"budget.subscriptions.would_be_{key}"), t("budget.subscriptions.silent"), t("budget.preview_off")]
    sure = button(t("budget.button.set"), "budget.set", f"{_COMMAND} {'on' if wanted else 'off'} yes")
    return Message(escape(t.sentences_of(lines)), [prose("\n".join(lines)), actions([sure])])
