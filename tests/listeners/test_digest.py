"""`/ccost digest`: said in a channel, answered in private, kept for the channel."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.access import Act
from bot.errors import UserError
from bot.listeners.ask import ask
from bot.listeners.commands import digest as commands
from bot.notice import NoticeState
from bot.people import Person, Standing
from bot.periods import Cadence
from bot.schedule import Schedule
from bot.store import audit, digests, members
from bot.store.engine import Store
from bot.views.blocks import Message
from tests.digest_house import CHANNEL, FRIDAY, THURSDAY, House, utc

ADA, DIRECT_MESSAGE = "U0ADA", "D0ADA"
ANSWERS = {"here": commands.here, "off": commands.off, "preview": commands.preview, "now": commands.now}


@pytest.fixture
def house(store: Store) -> House:
    found = House(store)
    ada = Person(slack_user_id=ADA, display_name="Ada", standing=Standing.MEMBER, email=None, tz="Europe/Paris")
    with store.sessions.begin() as session:
        members.sync(session, [ada], found.now)
    return found


def say(house: House, words: str, *, channel_id: str = CHANNEL, user_id: str = ADA) -> Message:
    question = ask(
        house.rt, user_id=user_id, team_id=None, enterprise_id=None, channel_id=channel_id, text=f"digest {words}"
    )
    question.allow(Act.DIGEST)
    finer = question.words[1] if len(question.words) > 1 else ""
    rest = question.words[2:] if finer in ANSWERS else question.words[1:]
    return ANSWERS.get(finer, commands.digest)(house.rt, replace(question, words=rest))


def stored(house: House) -> Schedule | None:
    with house.rt.sessions() as session:
        return digests.get(session, CHANNEL)


def noted(house: House) -> list[tuple[str, str, str]]:
    with house.rt.sessions() as session:
        return [(row.actor, row.act, row.target) for row in audit.entries(session, 10)]


@pytest.mark.parametrize(
    "form", ["here daily 10:30 Asia/Tokyo", "daily 10:30 Asia/Tokyo", "here DAILY 10:30 asia/tokyo"]
)
def test_a_digest_is_set_said_back_and_noted(house: House, form: str) -> None:
    text = say(house, form).text
    assert "Daily at 10:30 (Asia/Tokyo)." in text
    assert "due on Fri, Nov 20, 2026 at 10:30 in Asia/Tokyo (Nov 20, 01:30 UTC), about Thu, Nov 19, 2026" in text
    found = stored(house)
    assert found is not None
    assert (found.cadence, found.minute, found.zone) == (Cadence.DAILY, 630, "Asia/Tokyo")
    assert (found.weekends, found.spendless, found.set_by) == (False, False, ADA)
    assert noted(house) == [(ADA, "digest_set", CHANNEL)]


@pytest.mark.parametrize(
    ("extras", "weekends", "spendless"),
    [("weekends", True, False), ("always", False, True), ("Always Weekends", True, True)],
)
def test_days_off_and_days_without_spend_are_asked_for_by_a_word(
    house: House, extras: str, weekends: bool, spendless: bool
) -> None:
    for form in (f"daily 10:30 Asia/Tokyo {extras}", f"daily 10:30 {extras} Asia/Tokyo"):
        say(house, form)
        found = stored(house)
        assert found is not None
        assert (found.zone, found.weekends, found.spendless) == ("Asia/Tokyo", weekends, spendless)


def test_without_a_zone_it_is_the_persons_own(house: House) -> None:
    assert "(Europe/Paris)" in say(house, "weekly 9:00").text


@pytest.mark.parametrize("tz", [None, "EST", "Mars/Olympus"])
def test_a_person_without_a_zone_gets_the_operators(house: House, tz: str | None) -> None:
    ada = Person(slack_user_id=ADA, display_name="Ada", standing=Standing.MEMBER, email=None, tz=tz)
    with house.rt.sessions.begin() as session:
        members.put(session, ada, house.now)
    assert "(UTC)" in say(house, "daily 9:00").text


def test_a_time_before_the_day_is_complete_is_taken_and_says_when_it_can_arrive(house: House) -> None:
    text = say(house, "daily 08:00 Asia/Tokyo").text
    assert "at 10:00 in Asia/Tokyo (Nov 20, 01:00 UTC)" in text
    assert "That is later than 08:00" in text


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("here", "error.digest_form"),
        ("here daily", "error.digest_form"),
        ("here monthly 10:30", "error.digest_form"),
        ("sometimes", "error.digest_form"),
        ("daily 9am", "error.time_form"),
        ("daily 25:00", "error.time_form"),
        ("daily 10:30 EST", "error.zone_nearest"),
        ("daily 10:30 Berlin", "error.zone_nearest"),
        ("daily 10:30 Nowhere", "error.zone_unknown"),
        ("daily 10:30 Asia/Tokyo Europe/Paris", "error.digest_form"),
        ("off now", "error.too_many_words"),
        ("now please", "error.too_many_words"),
        ("preview all", "error.too_many_words"),
    ],
)
def test_what_makes_no_sense_is_answered_with_the_right_form(house: House, words: str, key: str) -> None:
    with pytest.raises(UserError) as refused:
        say(house, words)
    assert refused.value.key == key
    assert stored(house) is None
    assert noted(house) == []


def test_in_a_direct_message_there_is_no_channel_to_tell(house: House) -> None:
    for words in ("daily 10:30", "now"):
        with pytest.raises(UserError) as refused:
            say(house, words, channel_id=DIRECT_MESSAGE)
        assert refused.value.key == "error.digest_direct_message"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"member": False}, "error.digest_not_in_channel"),
        ({"archived": True}, "error.digest_archived"),
        ({"shared": True}, "access.shared_channel"),
    ],
)
def test_where_nothing_may_be_posted_nothing_can_be_set(house: House, changes: dict[str, bool], key: str) -> None:
    house.channel(**changes)
    for words in ("daily 10:30", "now"):
        with pytest.raises(UserError) as refused:
            say(house, words)
        assert refused.value.key == key
    assert stored(house) is None


def test_a_channel_asks_what_it_gets(house: House) -> None:
    assert "This channel gets no digest." in say(house, "").text
    say(house, "daily 10:30 Asia/Tokyo")
    assert "Daily at 10:30 (Asia/Tokyo)" in say(house, "").text


def test_setting_it_again_on_a_day_that_was_told_tells_nothing_twice(house: House) -> None:
    say(house, "daily 10:30 Asia/Tokyo")
    house.reads(THURSDAY)
    assert house.plans(utc(FRIDAY, 2)) == [f"digest/{CHANNEL}/{FRIDAY}/daily"]
    text = say(house, "daily 16:00 Asia/Tokyo").text
    assert "due on Mon, Nov 23, 2026 at 16:00" in text
    assert house.plans(utc(FRIDAY, 8)) == []


def test_setting_it_again_takes_it_out_of_the_park(house: House) -> None:
    say(house, "daily 10:30 Asia/Tokyo")
    with house.rt.sessions.begin() as session:
        digests.park(session, CHANNEL, "restricted_action")
    say(house, "daily 10:30 Asia/Tokyo")
    found = stored(house)
    assert found is not None
    assert found.parked == ""


def test_switched_off_nothing_comes_and_nothing_waits(house: House) -> None:
    say(house, "daily 10:30 Asia/Tokyo")
    house.reads(THURSDAY)
    (key,) = house.plans(utc(FRIDAY, 2))
    assert "Switched off" in say(house, "off").text
    assert stored(house) is None
    assert house.row(key).state is NoticeState.SKIPPED
    assert noted(house)[0] == (ADA, "digest_off", CHANNEL)
    assert "nothing to switch off" in say(house, "off").text
    assert len(noted(house)) == 2


def test_a_preview_shows_what_would_be_posted_and_posts_nothing(house: House) -> None:
    house.now = utc(FRIDAY, 12)
    house.reads(THURSDAY)
    for place in (CHANNEL, DIRECT_MESSAGE):
        message = say(house, "preview", channel_id=place)
        assert "Thu, Nov 19, 2026, UTC: $5.00" in message.text
        assert "Only you see it" in str(message.blocks)
    assert house.plans(house.now) == []


def test_now_is_on_its_way_once_a_minute(house: House) -> None:
    house.now = utc(FRIDAY, 12)
    house.reads(THURSDAY)
    assert "on its way to this channel: Thu, Nov 19, 2026, UTC." in say(house, "now").text
    assert "already" in say(house, "now").text
    row = house.row(f"digest/{CHANNEL}/{FRIDAY}/now/1300")  # noon UTC is 13:00 in Paris
    assert (row.state, row.recipient, row.due_at) == (NoticeState.PENDING, CHANNEL, house.now)
    assert "$5.00" in row.text
    assert row.expires_at == house.now + timedelta(hours=2)
    assert noted(house) == [(ADA, "digest_now", CHANNEL)]
