"""Slack channels, and whether another company reads them."""

from bot.store import channels
from bot.store.channels import ChannelRow, ChannelSeen
from bot.store.engine import Store
from tests.store.readings import HOUR, NOON


def test_a_channel_is_what_slack_last_said_of_it(store: Store) -> None:
    with store.sessions.begin() as session:
        assert channels.get(session, "C1") is None
        seen = [
            ChannelSeen(channel_id="C1", is_shared=False, is_private=False, name="general"),
            ChannelSeen(channel_id="C2", is_shared=False, is_private=True),
        ]
        channels.sync(session, seen, NOON)
        channels.sync(session, [], NOON)
        channels.sync(session, [ChannelSeen(channel_id="C1", is_shared=True, is_private=False)], NOON + HOUR)
        assert channels.get(session, "C1") == ChannelRow(
            channel_id="C1", is_shared=True, is_private=False, name=None, checked_at=NOON + HOUR
        )
        assert channels.get(session, "C2") == ChannelRow(
            channel_id="C2", is_shared=False, is_private=True, name=None, checked_at=NOON
        )


def test_what_was_heard_of_a_channel_while_a_listing_was_read_is_newer_than_the_listing(store: Store) -> None:
    listed = [ChannelSeen(channel_id="C1", is_shared=False, is_private=False)]
    with store.sessions.begin() as session:
        channels.sync(session, [ChannelSeen(channel_id="C1", is_shared=True, is_private=False)], NOON + HOUR)
        channels.sync(session, listed, NOON + 3 * HOUR, read_at=NOON)
        kept = channels.get(session, "C1")
        channels.sync(session, listed, NOON + 3 * HOUR, read_at=NOON + HOUR)
        after = channels.get(session, "C1")
    assert kept is not None
    assert after is not None
    assert (kept.is_shared, after.is_shared) == (True, False)
