"""People at their Home tab and in front of forms, who wait until what they pressed is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.composition import Playground
from bot.demo.workspace.outcome import Outcome
from bot.store import budgets, digests, groups, members, requests
from tests.block_kit import texts
from tests.slack_workspace import until

_WAITING = ("One moment …", "少々お待ちください…")

View = Mapping[str, Any]


class Hands:
    """Presses and fills in for anybody."""

    def __init__(self, demo: Playground) -> None:
        self.demo = demo
        self._sender, self._team = demo.sender, demo.workspace.team

    def home(self, who: str) -> View:
        """Open somebody's Home tab, with nothing in front of it, and give it as it is drawn then."""
        self.close(who)
        before = self._page(who)
        self._sender.open_home(who)
        until(lambda: self._page(who) != before)
        return self.as_it_is(who)

    def as_it_is(self, who: str) -> View:
        """Give somebody's Home tab as it was drawn last."""
        found = self._team.home(who)
        assert found is not None
        return found

    def press(self, who: str, action_id: str, *, on: View | None = None) -> View:
        """Press a button of the Home tab, or of the modal in front of it, and give the modal that shows the answer."""
        modals = self._team.modals(who)
        view = on or (modals[-1] if modals else self.as_it_is(who))
        block_id = next(
            block["block_id"]
            for block in view["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == action_id
        )
        page = self._page(who)
        outcome = self._sender.press_view(who, view["id"], action_id, block_id)
        assert outcome.status in ("answered", "acknowledged"), outcome
        until(lambda: self._is_there(who, view))
        if not action_id.startswith("open.") and _from_home(view):
            until(lambda: self._page(who) != page)
        return self.modal(who)

    def open(self, who: str, action_id: str) -> View:
        """Open a form from the Home tab."""
        self.home(who)
        return self.press(who, action_id)

    def submit(self, who: str, values: Mapping[str, str | Sequence[str] | None], *, redraws: bool = True) -> Outcome:
        """Fill in the form in front of somebody and send it off; gives the outcome when the answer is there.

        `redraws`: and when the Home tab behind it is drawn anew, where there is one.
        """
        form, page = self.modal(who), self._page(who)
        outcome = self._sender.submit(who, form["id"], values)
        if not self.errors(who):
            until(lambda: self._is_there(who, form))
            if redraws and _from_home(form):
                until(lambda: self._page(who) != page)
        return outcome

    def modal(self, who: str) -> View:
        """Give the modal that is in front of somebody."""
        return self._team.modals(who)[-1]

    def errors(self, who: str) -> Mapping[str, str]:
        """Give what stands under the fields of the form in front of somebody."""
        return self._team.view_errors.get(self.modal(who)["id"], {})

    def close(self, who: str) -> None:
        """Close whatever is in front of somebody."""
        for view in self._team.modals(who)[-1:]:
            self._sender.close(who, view["id"], everything=True)

    def _page(self, who: str) -> tuple[str, str] | None:
        found = self._team.home(who)
        return _version(found) if found else None

    def _is_there(self, who: str, before: View) -> bool:
        modals = self._team.modals(who)
        return (
            bool(modals)
            and _version(modals[-1]) != _version(before)
            and not any(one in seen(modals[-1]) for one in _WAITING)
        )


def _version(view: View) -> tuple[str, str]:
    """What changes whenever the bot draws a view anew, and not while somebody fills it in."""
    return view["id"], view["hash"]


def _from_home(view: View) -> bool:
    return view["type"] == "home" or '"home": true' in view["private_metadata"]


def seen(view: View) -> str:
    """All that a reader sees of a view, in order."""
    return "\n".join(texts([{**block, "block_id": ""} for block in view["blocks"]]))


def buttons(view: View) -> dict[str, str]:
    """The value of each button of a view, by its action id; of several, the last."""
    return {
        element["action_id"]: element.get("value", "")
        for block in view["blocks"]
        for element in block.get("elements", ())
        if isinstance(element, dict) and element.get("type") == "button"
    }


def holds(view: View) -> dict[str, Any]:
    """What stands in the fields of a form now, by block id."""
    found = {}
    for block_id, fields in view["state"]["values"].items():
        (field,) = fields.values()
        value = next(value for name, value in field.items() if name != "type")
        found[block_id] = value["value"] if isinstance(value, dict) else value
    return found


def member_id(bot: Playground, who: str) -> int:
    with bot.bot.rt.sessions() as session:
        found = members.by_slack_id(session, who)
    assert found is not None
    return found.member_id


@dataclass(frozen=True)
class State:
    """Everything that a form can change."""

    budgets: object
    alerts: object
    digests: object
    groups: object
    requests: object
    unlinked: object


def state(bot: Playground) -> State:
    with bot.bot.rt.sessions() as session:
        return State(
            budgets=budgets.active(session),
            alerts=budgets.all_alerts(session),
            digests=digests.all_schedules(session),
            groups=[*groups.names(session).values()],
            requests=[requests.open_of(session, member_id(bot, who)) for who in ("U0GRACE", "U0HARUKA", "U0CHLOE")],
            unlinked=members.match_report(session),
        )
