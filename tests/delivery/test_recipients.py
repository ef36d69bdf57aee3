"""Who may be told what at the moment of sending. Whoever may not is refused; nobody else is told instead."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.budget import Alerts
from bot.delivery.classify import Refused, Why
from bot.delivery.recipients import Address, Postponed, can_look, reach
from bot.delivery.wire import Wire
from bot.demo.workspace import Workspace, faults
from bot.notice import Notice, NoticeKind, NoticeState
from bot.people import Person, Standing
from bot.store import budgets, channels, members
from bot.store.channels import ChannelSeen
from bot.store.engine import Store
from tests.canaries import BOT_TOKEN
from tests.delivery.planned import ADA, CHANNEL, DAY, HOUR, NOON, TICK, alert, digest
from tests.slack_workspace import Stage, new_workspace, stage
from tests.store.test_notices import make, plan, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

UNKNOWN, GUEST, OUTSIDER, LEAVER, ROBOT = "U0NOBODY", "U0WENDY", "U0XAVER", "U0YVES", "U0STANDUP"
STANDINGS = {
    ADA: Standing.MEMBER,
    GUEST: Standing.GUEST,
    OUTSIDER: Standing.OUTSIDER,
    LEAVER: Standing.DEACTIVATED,
    ROBOT: Standing.BOT,
}
STOCKHOLM = "Europe/Stockholm"  # 13:00 when it is noon in UTC


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with stage() as empty:
        yield empty


@pytest.fixture
def workspace(served: Stage) -> Workspace:
    workspace = new_workspace()
    served.app = workspace.app
    return workspace


@pytest.fixture
def call(workspace: Workspace, served: Stage) -> Wire:
    return Wire(workspace.api_url(served.origin), BOT_TOKEN, timedelta(seconds=5))


@pytest.fixture
def people(store: Store) -> Store:
    with store.sessions.begin() as session:
        everybody = [
            Person(slack_user_id=who, display_name=who, standing=standing, email=None, locale="sv-SE", tz=STOCKHOLM)
            for who, standing in STANDINGS.items()
        ]
        members.sync(session, everybody, NOON)
    return store


def reached(store: Store, call: Wire, planned: Notice, now: datetime = NOON) -> Address | Postponed | Refused:
    plan(store, planned)
    return reach(store.sessions, call, read(store, planned.key), now=now, default_zone="UTC")


def set_alerts(store: Store, **wishes: Any) -> None:
    with store.sessions.begin() as session:
        member = members.by_slack_id(session, ADA)
        assert member is not None
        budgets.put_alerts(session, member.member_id, Alerts(**wishes))


def posts(workspace: Workspace) -> list[str]:
    return [call.method for call in workspace.calls if call.method.startswith("chat.")]


def test_a_member_is_told_in_a_direct_message_on_the_members_own_day(people: Store, call: Wire) -> None:
    told = Address(channel_id="D0ADA", today=NOON.date(), locale="sv-SE")
    assert reached(people, call, alert()) == told
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    answer_to_a_request = alert(key="reply", kind=NoticeKind.REPLY, unasked=False)
    tomorrow = Address(channel_id="D0ADA", today=NOON.date() + DAY, locale="sv-SE")
    assert reached(people, call, answer_to_a_request, late) == tomorrow


@pytest.mark.parametrize("unasked", [True, False])
@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (GUEST, "access.guest"),
        (OUTSIDER, "access.outsider"),
        (LEAVER, "access.deactivated"),
        (ROBOT, "access.bot"),
        (UNKNOWN, "access.unknown_person"),
    ],
)
def test_whoever_is_not_a_full_member_now_is_not_told_and_slack_is_not_even_asked(
    people: Store, call: Wire, workspace: Workspace, who: str, reason: str, unasked: bool
) -> None:
    assert reached(people, call, alert(who, unasked=unasked)) == Refused(Why.PERSON, reason)
    assert workspace.calls == []


@pytest.mark.parametrize("unasked", [True, False])
def test_who_said_stop_is_told_nothing_unasked_any_more(people: Store, call: Wire, unasked: bool) -> None:
    set_alerts(people, off=True)
    found = reached(people, call, alert(unasked=unasked))
    assert (found == Refused(Why.UNWANTED, "switched off")) is unasked


def test_a_zone_that_this_machine_does_not_know_is_the_default_one(people: Store, call: Wire) -> None:
    with people.sessions.begin() as session:
        members.put(
            session,
            Person(slack_user_id=ADA, display_name="Ada", standing=Standing.MEMBER, email=None, tz="Mars/Olympus"),
            NOON,
        )
    assert isinstance(reached(people, call, alert()), Address)


def test_who_left_since_we_last_looked_is_refused_by_slack(people: Store, call: Wire, workspace: Workspace) -> None:
    workspace.team.change_person(ADA, role="deactivated")
    assert reached(people, call, alert()) == Refused(Why.PERSON, "user_disabled")
    assert posts(workspace) == []


def test_private_figures_go_to_nobody_else_even_if_a_row_says_so(
    people: Store, call: Wire, workspace: Workspace
) -> None:
    plan(people, alert())
    row = read(people, alert().key)
    for wrong in ("U0BORIS", CHANNEL):
        found = reach(people.sessions, call, replace(row, recipient=wrong), now=NOON, default_zone="UTC")
        assert found == Refused(Why.PERSON, "private to somebody else")
    assert workspace.calls == []


@pytest.mark.parametrize(
    ("local", "allowed"),
    [
        ((19, 59), True),
        ((20, 0), False),
        ((3, 0), False),
        ((7, 59), False),
        ((8, 0), True),
    ],
)
def test_nobody_is_woken(people: Store, call: Wire, local: tuple[int, int], allowed: bool) -> None:
    now = datetime(2026, 11, 20, *local, tzinfo=ZoneInfo(STOCKHOLM))
    morning = now.replace(hour=8, minute=0) + (DAY if local[0] >= 20 else timedelta())
    for urgent in (False, True):
        found = reached(people, call, alert(key=f"{urgent}", urgent=urgent), now)
        assert isinstance(found, Address) if allowed else found == Postponed(morning.astimezone(UTC))
    # What somebody has asked for may come whenever it is ready.
    assert isinstance(reached(people, call, alert(key="reply", unasked=False), now), Address)


def test_who_has_no_zone_sleeps_where_the_company_is(people: Store, call: Wire) -> None:
    with people.sessions.begin() as session:
        person = Person(slack_user_id=ADA, display_name="Ada", standing=Standing.MEMBER, email=None, tz=None)
        members.put(session, person, NOON)
    plan(people, alert())
    row = read(people, alert().key)
    found = reach(people.sessions, call, row, now=NOON, default_zone="Asia/Tokyo")  # 21:00 there
    assert found == Postponed(NOON.replace(hour=23))


@pytest.mark.parametrize("urgent", [False, True])
def test_a_snooze_is_kept_to_the_minute(people: Store, call: Wire, urgent: bool) -> None:
    set_alerts(people, snoozed_until=NOON)
    assert reached(people, call, alert(urgent=urgent), NOON - TICK) == Postponed(NOON)
    assert isinstance(reached(people, call, alert(urgent=urgent), NOON), Address)


def test_who_was_told_today_is_told_more_tomorrow_unless_a_budget_is_broken(people: Store, call: Wire) -> None:
    make(people, alert(key="before"), NoticeState.SENT, told_on=NOON.date())
    tomorrow = datetime(2026, 11, 21, 8, tzinfo=ZoneInfo(STOCKHOLM)).astimezone(UTC)
    assert reached(people, call, alert(key="a")) == Postponed(tomorrow)
    assert isinstance(reached(people, call, alert(key="b", urgent=True)), Address)
    assert isinstance(reached(people, call, alert(key="c", unasked=False)), Address)
    assert isinstance(reached(people, call, alert(key="d"), NOON + DAY), Address)


def test_a_postponement_asks_slack_nothing(people: Store, call: Wire, workspace: Workspace) -> None:
    set_alerts(people, snoozed_until=NOON + HOUR)
    assert reached(people, call, alert()) == Postponed(NOON + HOUR)
    assert workspace.calls == []


def test_a_channel_of_ours_is_told(people: Store, call: Wire) -> None:
    assert reached(people, call, digest()) == Address(channel_id=CHANNEL, today=NOON.date(), locale=None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_ext_shared": True}, "access.shared_channel"),
        ({"is_pending_ext_shared": True}, "access.shared_channel"),
        ({"is_archived": True}, "is_archived"),
        ({"bot_is_member": False}, "not_in_channel"),
        ({"is_private": True, "bot_is_member": False}, "channel_not_found"),
        ({"is_ext_shared": True, "is_archived": True}, "access.shared_channel"),
    ],
)
def test_a_channel_is_asked_about_anew_each_time(
    people: Store, call: Wire, workspace: Workspace, change: dict[str, Any], reason: str
) -> None:
    assert isinstance(reached(people, call, digest()), Address)
    workspace.team.change_channel(CHANNEL, **change)
    assert reached(people, call, digest()) == Refused(Why.DESTINATION, reason)
    assert posts(workspace) == []


def test_a_channel_that_does_not_exist_is_refused(people: Store, call: Wire) -> None:
    assert reached(people, call, digest(recipient="C0NOWHERE")) == Refused(Why.DESTINATION, "channel_not_found")


@pytest.mark.parametrize("method", ["conversations.open", "conversations.info"])
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (faults.reset(), Why.UNREACHED),
        (faults.server_error(), Why.UNREACHED),
        (faults.not_json(), Why.UNREACHED),
        (faults.refused("fatal_error"), Why.UNREACHED),
        (faults.altered(channel=None), Why.UNREACHED),
        (faults.altered(channel="D0ADA"), Why.UNREACHED),
        (faults.ratelimited("7"), Why.WAIT),
        (faults.refused("token_revoked"), Why.TOKEN),
        (faults.refused("missing_scope"), Why.TOKEN),
    ],
)
def test_what_slack_does_not_say_clearly_is_asked_again_later(
    people: Store, call: Wire, workspace: Workspace, method: str, fault: faults.Fault, why: Why
) -> None:
    workspace.faults.add(method, fault)
    planned = alert() if method == "conversations.open" else digest()
    found = reached(people, call, planned)
    assert isinstance(found, Refused)
    assert found.why is why
    assert found.retry_after == timedelta(seconds=7 if why is Why.WAIT else 0)
    assert isinstance(reached(people, call, planned), Address)


@pytest.mark.parametrize("opened", [{"id": "C0GENERAL"}, {"id": "G0GROUP"}, {"id": None}, {}])
def test_what_is_no_direct_message_is_no_place_for_private_figures(
    people: Store, call: Wire, workspace: Workspace, opened: dict[str, Any]
) -> None:
    workspace.faults.add("conversations.open", faults.altered(channel=opened))
    assert isinstance(found := reached(people, call, alert()), Refused)
    assert found.why is Why.UNREACHED


@pytest.mark.parametrize(
    ("channel_id", "scope"),
    [("D0ADA", "im:history"), (CHANNEL, "channels:history"), ("C0HIDDEN", "groups:history"), ("C0UNKNOWN", None)],
)
def test_each_kind_of_conversation_has_its_own_right_to_look(store: Store, channel_id: str, scope: str | None) -> None:
    everything = frozenset({"im:history", "channels:history", "groups:history", "mpim:history", "chat:write"})
    with store.sessions.begin() as session:
        seen = [
            ChannelSeen(channel_id=CHANNEL, is_shared=False, is_private=False),
            ChannelSeen(channel_id="C0HIDDEN", is_shared=False, is_private=True),
        ]
        channels.sync(session, seen, NOON)
        assert can_look(session, channel_id, everything) == (scope is not None)
        assert not can_look(session, channel_id, everything - {scope})
        assert can_look(session, channel_id, frozenset({scope or ""})) == (scope is not None)
