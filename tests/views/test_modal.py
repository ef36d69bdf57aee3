"""The forms, as Slack would take them: in every language, at every limit, and whatever people call things."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.budget import Alerts
from bot.demo.workspace.blockkit_views import view_problems
from bot.periods import Cadence
from bot.reports.status import UnattributedUse
from bot.schedule import Schedule, is_zone
from bot.text import Text, load_texts
from bot.usage import ConsumerKind
from bot.views import forms
from bot.views.blocks import Message, prose
from bot.views.forms import BudgetForm, DigestForm
from bot.views.limits import LIMITS
from bot.views.modal import View, answered, modal, waiting
from tests.block_kit import texts
from tests.usage_rows import DOLLAR

TEXTS = load_texts().by_language
EN = TEXTS["en"]
HOSTILE = "<!channel> *bold* `code` " * 20
SCHEDULE = Schedule(
    channel_id="C1",
    cadence=Cadence.WEEKLY,
    minute=1439,
    zone="Africa/Nairobi",
    weekends=True,
    spendless=True,
    set_by="U1",
    set_at=datetime(2026, 11, 2, tzinfo=UTC),
)


def use(label: str, dollars: int = 1) -> UnattributedUse:
    return UnattributedUse(
        label=label,
        kind=ConsumerKind.PERSON,
        cost_nanos=dollars * DOLLAR,
        last_seen=date(2026, 11, 2),
        source="anthropic_claude_code",
    )


FORMS: dict[str, Callable[[Text], View]] = {
    "a member's budget": lambda t: forms.budget(BudgetForm(whom="me", for_others=False, limit_nanos=200 * DOLLAR), t),
    "anybody's budget": lambda t: forms.budget(
        BudgetForm(
            whom="default",
            for_others=True,
            machines=[(HOSTILE[:n], f"machine/{n}") for n in range(150)],
            limit_nanos=None,
        ),
        t,
    ),
    "a request": lambda t: forms.request(Cadence.WEEKLY, t),
    "quiet hours": lambda t: forms.quiet(Alerts(), HOSTILE, t),
    "no quiet hours": lambda t: forms.quiet(Alerts(quiet_from=0, quiet_to=0), "Asia/Tokyo", t),
    "a new digest": lambda t: forms.digest(DigestForm(channel_id="", present=None, zones=["Asia/Tokyo"]), t),
    "another digest": lambda t: forms.digest(
        DigestForm(channel_id="C1", present=SCHEDULE, zones=["Africa/Nairobi"]), t
    ),
    "a link": lambda t: forms.link([use(f"{n} {HOSTILE[:60]}") for n in range(150)], "7", t),
    "nothing to link": lambda t: forms.link([], "", t),
    "a name that is too long": lambda t: forms.link([use("x" * 76)], "", t),
    "waiting": waiting,
    "an answer": lambda t: answered(Message("x", [prose("x")]), t),
}


def field(view: View, block_id: str) -> dict[str, Any]:
    (found,) = (block for block in view["blocks"] if block.get("block_id") == block_id)
    return dict(found["element"])


def offered(view: View, block_id: str) -> list[str]:
    return [option["value"] for option in field(view, block_id)["options"]]


@pytest.mark.parametrize("t", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("make", FORMS.values(), ids=FORMS)
def test_slack_takes_every_form_in_every_language(make: Callable[[Text], View], t: Text) -> None:
    view = {**make(t), "callback_id": "form", "private_metadata": "{}"}
    assert [str(problem) for problem in view_problems(view)] == []
    assert not [text for text in texts(view["blocks"]) if "<" in text]


@pytest.mark.parametrize("count", [LIMITS.view_blocks, LIMITS.view_blocks + 1])
def test_a_modal_never_has_more_blocks_than_there_may_be(count: int) -> None:
    view = modal("x", [prose("x")] * count, EN)
    assert len(view["blocks"]) == LIMITS.view_blocks
    assert view_problems(view) == []


def test_a_long_title_is_cut() -> None:
    assert len(modal("x" * 25, [prose("x")], EN)["title"]["text"]) == 24
    assert modal("x" * 24, [prose("x")], EN)["title"]["text"] == "x" * 24


def test_a_member_is_not_asked_whose_budget_it_is() -> None:
    view = FORMS["a member's budget"](EN)
    assert [block["block_id"] for block in view["blocks"] if block["type"] == "input"] == ["amount", "cadence"]
    assert field(view, "amount")["initial_value"] == "$200.00"


def test_the_zone_of_the_reader_comes_first_and_every_zone_is_one() -> None:
    zones = offered(FORMS["a new digest"](EN), "zone")
    assert zones[0] == "Asia/Tokyo"
    assert len(zones) == len(set(zones))
    assert all(map(is_zone, zones))


def test_the_form_of_a_digest_shows_what_the_channel_gets_now() -> None:
    view = FORMS["another digest"](EN)
    assert field(view, "channel")["initial_conversation"] == "C1"
    assert field(view, "cadence")["initial_option"]["value"] == "weekly"
    assert field(view, "time")["initial_time"] == "23:59"
    assert field(view, "zone")["initial_option"]["value"] == "Africa/Nairobi"
    assert [one["value"] for one in field(view, "flags")["initial_options"]] == ["weekends", "always"]


@pytest.mark.parametrize(("count", "left"), [(100, False), (101, True)])
def test_what_does_not_fit_into_the_form_for_links_is_counted_and_named_elsewhere(count: int, left: bool) -> None:
    view = forms.link([use(f"u{n}@example.com") for n in range(count)], "", EN)
    assert len(offered(view, "who")) == 100
    assert ("1 more does not fit here" in "\n".join(texts(view["blocks"]))) is left


def test_the_use_that_is_meant_is_chosen_even_if_it_is_the_last_of_many() -> None:
    view = forms.link([use(f"u{n}@example.com") for n in range(200)], "u199@example.com", EN)
    assert field(view, "who")["initial_option"]["value"] == "u199@example.com"


@pytest.mark.parametrize(("length", "there"), [(75, True), (76, False)])
def test_a_label_is_never_cut_into_another_ones(length: int, there: bool) -> None:
    view = forms.link([use("x" * length), use("y")], "", EN)
    assert ("x" * length in offered(view, "who")) is there
    assert all(len(one) in (1, length) for one in offered(view, "who"))


def test_the_same_name_in_two_sources_is_offered_once_with_both_amounts() -> None:
    view = forms.link([use("ci", 2), use("ci", 3)], "", EN)
    assert [option["text"]["text"] for option in field(view, "who")["options"]] == ["ci: $5.00"]


def test_who_has_no_quiet_hours_is_offered_the_usual_ones() -> None:
    view = FORMS["no quiet hours"](EN)
    assert field(view, "when")["initial_option"]["value"] == "off"
    assert (field(view, "from")["initial_time"], field(view, "to")["initial_time"]) == ("20:00", "08:00")
