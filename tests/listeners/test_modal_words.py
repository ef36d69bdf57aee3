"""Each field of a form is one word at most, whatever is typed into it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.listeners.ask import split
from bot.listeners.modals import Filled, Modal, field_for, first_field, named

TYPED = st.text(max_size=60) | st.sampled_from(
    ["yes", '" yes', "weekends", "always", "ＹＥＳ", "off", "to @U0ADA", "machine", "200 yes", "team", "me", ""]
)


def filled(values: dict[str, str]) -> Filled:
    return Filled({name: (value,) for name, value in values.items() if value})


@given(TYPED, st.sampled_from(["me", "default", "team", "workspace", "person", "machine/docs"]))
def test_a_budget_form_says_whom_how_much_and_how_often_and_never_yes(amount: str, whom: str) -> None:
    words = named_modal("budget").words(filled({"whom": whom, "amount": amount, "cadence": "monthly", "person": "U1"}))
    what = {"person": ("set", "@U1"), "machine/docs": ("set", "docs"), "default": ("default",)}.get(whom, ("set", whom))
    assert (words[:-2], words[-1]) == (("budget", *what), "monthly")


@given(TYPED, TYPED)
def test_a_request_form_says_how_much_how_often_and_why(amount: str, reason: str) -> None:
    words = named_modal("request").words(filled({"amount": amount, "reason": reason, "cadence": "daily"}))
    assert words == ("budget", "request", words[2], "daily", "because", reason.strip())


@given(TYPED)
def test_a_digest_form_takes_its_flags_from_the_boxes_alone(zone: str) -> None:
    words = named_modal("digest").words(
        filled({"cadence": "daily", "time": "09:30", "zone": "UTC", "other_zone": zone})
    )
    assert (words[:4], len(words)) == (("digest", "here", "daily", "09:30"), 5)
    assert words[4].casefold() not in ("weekends", "always")


@given(TYPED, TYPED, st.sampled_from(["person", "machine"]))
def test_a_link_form_says_whose_use_belongs_to_whom(who: str, machine: str, kind: str) -> None:
    words = named_modal("link").words(filled({"who": who, "machine": machine, "person": "U1", "kind": kind}))
    assert words[:3] == ("settings", "link", who.strip())
    assert words[3:] == (("to", "@U1") if kind == "person" else ("machine", words[4], "@U1"))


def named_modal(name: str) -> Modal:
    found = named(name)
    assert found is not None
    return found


def test_the_value_of_a_forms_button_can_hold_any_label() -> None:
    assert split('"a label with spaces"') == ("a label with spaces",)


def test_an_error_about_a_field_that_a_form_does_not_have_stands_under_its_first() -> None:
    view = {"blocks": [{"type": "section", "block_id": "x"}, {"type": "input", "block_id": "amount"}]}
    assert first_field(view) == "amount"
    assert field_for(named_modal("budget"), view, "error.budget_whom") == "amount"
    assert field_for(named_modal("budget"), view, "access.admins_only") == "amount"
