"""What becomes of an answer to a person's act: in the acknowledgement of a command, or through its response URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.demo.workspace.blockkit_findings import Problem
from bot.demo.workspace.blockkit_rules import message_problems
from bot.demo.workspace.state import Entry, ResponseUrl, Team


@dataclass(frozen=True, slots=True)
class Reply:
    """What was shown, or why it was not."""

    entry: Entry | None = None
    problems: tuple[Problem, ...] = ()


def take_reply(team: Team, url: ResponseUrl, body: Mapping[str, Any]) -> Reply:
    """Show, replace or delete a message as the body of an answer asks.

    A refused answer leaves a banner for the person, as they would otherwise see nothing.
    """
    original = team.entry(url.original_id)
    if body.get("delete_original"):
        if original:
            team.remove(original.message_id)
        return Reply()
    text, blocks = body.get("text"), body.get("blocks")
    problems = message_problems(text, blocks)
    if problems:
        show_refusal(team, url.channel_id, problems, visible_to=url.user_id)
        return Reply(problems=tuple(problems))
    if body.get("replace_original") and original:
        entry = team.edit(original.message_id, text=text or "", blocks=blocks or ())
    else:
        everybody = body.get("response_type") == "in_channel"
        entry = team.add(
            url.channel_id, text=text or "", blocks=blocks or (), visible_to=None if everybody else url.user_id
        )
        if url.of_command:
            url.original_id = entry.message_id
    url.said.append(entry.message_id)
    return Reply(entry)


def show_refusal(team: Team, channel_id: str, problems: list[Problem], *, visible_to: str | None) -> str:
    """Put a banner with what Slack refused, and give its words."""
    words = f"Slack refused: {problems[0].error}. " + " ".join(f"{one.what} ({one.where})." for one in problems[:5])
    team.add(channel_id, kind="banner", text=words, visible_to=visible_to)
    team.journal.write("slack", words)
    return words
