"""Sharing and the first message, through the whole program."""

from collections.abc import Iterator

import pytest

from bot.delivery.deliver import deliver
from bot.demo.cast import BOT_USER_ID, CAST
from bot.demo.composition import Playground, playground
from bot.demo.workspace.sender import Outcome
from bot.demo.workspace.state import Entry
from tests.slack_workspace import until
from tests.unhurried import unhurried

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(scope="module", params=[False, True], ids=["http", "socket"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playground(tmp_path_factory.mktemp("sharing"), socket_mode=request.param) as running:
        yield unhurried(running)


def seen(demo: Playground, channel_id: str, user_id: str | None = None) -> list[Entry]:
    entries = demo.workspace.team.conversation(channel_id, user_id)
    return [one for one in entries if one.author_id == BOT_USER_ID]


def told(demo: Playground, user_id: str) -> list[Entry]:
    """What somebody finds in their direct message with ccost."""
    channel = demo.workspace.team.channel(user_id)
    return seen(demo, channel.channel_id, user_id) if channel else []


def newest(demo: Playground, channel_id: str, user_id: str) -> str:
    return seen(demo, channel_id, user_id)[-1].text


def posted(demo: Playground, channel_id: str) -> list[Entry]:
    demo.machine.ask(deliver)
    return [one for one in seen(demo, channel_id) if one.visible_to is None]


def ask(demo: Playground, user_id: str, words: str, channel_id: str = "C0GENERAL") -> Outcome:
    outcome = demo.sender.command(user_id, channel_id, words)
    assert outcome.status == "answered", outcome
    return outcome


def test_at_the_first_start_one_admin_is_written_to_in_their_language_and_nobody_else(demo: Playground) -> None:
    (first,) = told(demo, "U0HARUKA")
    assert first.text.startswith("ccost の準備ができました。")
    assert [person.slack_user_id for person in CAST if told(demo, person.slack_user_id)] == ["U0HARUKA"]
    assert not [one for channel in ("C0GENERAL", "C0PLATFORM") for one in posted(demo, channel)]


def test_a_dead_bot_that_starts_again_does_not_introduce_itself_again(demo: Playground) -> None:
    demo.machine.kill()
    demo.machine.start()
    unhurried(demo)
    assert len(told(demo, "U0HARUKA")) == 1


@pytest.mark.parametrize(("user", "words"), [("U0ADA", "me"), ("U0KENJI", "team 7d")])
def test_two_clicks_on_share_post_once_for_everybody(demo: Playground, user: str, words: str) -> None:
    before = len(posted(demo, "C0PLATFORM"))
    answer = ask(demo, user, words, "C0PLATFORM")
    assert answer.message_id is not None
    action = f"{words.partition(' ')[0]}.share"
    on_its_way, already = (
        ("On its way to this channel.", "Already shared.")
        if user == "U0ADA"
        else ("まもなくこのチャンネルに投稿します。", "すでに共有しました。")
    )
    demo.sender.press(user, answer.message_id, action)
    until(lambda: newest(demo, "C0PLATFORM", user) == on_its_way)
    demo.sender.press(user, answer.message_id, action)
    until(lambda: newest(demo, "C0PLATFORM", user) == already)
    until(lambda: len(posted(demo, "C0PLATFORM")) == before + 1)
    shared = posted(demo, "C0PLATFORM")[-1]
    assert shared.author_id == BOT_USER_ID
    if words == "team 7d":
        press = demo.sender.press("U0BORIS", shared.message_id, "team.days")
        assert press.status in ("answered", "acknowledged")
        until(lambda: "spend by day" in newest(demo, "C0PLATFORM", "U0BORIS"))
        assert "spend by day" not in newest(demo, "C0PLATFORM", "U0ADA")


def test_where_another_company_reads_along_nothing_is_shared(demo: Playground) -> None:
    ask(demo, "U0ADA", "me share", "C0PARTNERS")
    until(lambda: "shared with another company" in newest(demo, "C0PARTNERS", "U0ADA"))
    assert not posted(demo, "C0PARTNERS")


def test_the_digest_that_was_set_is_changed_looked_at_and_ended_with_its_buttons(demo: Playground) -> None:
    ask(demo, "U0ADA", "digest here daily 10:30", "C0GENERAL")
    until(lambda: newest(demo, "C0GENERAL", "U0ADA").startswith("Set for this channel."))
    confirmed = seen(demo, "C0GENERAL", "U0ADA")[-1].message_id
    demo.sender.press("U0ADA", confirmed, "digest.preview")
    until(lambda: newest(demo, "C0GENERAL", "U0ADA").startswith("The team's Claude Code"))
    demo.sender.press("U0ADA", confirmed, "digest.off")
    until(lambda: newest(demo, "C0GENERAL", "U0ADA").startswith("Switched off"))
