"""What people do on the Home tab and in modals."""

from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.acting import Acting
from bot.demo.workspace.fields import complaints, inputs
from bot.demo.workspace.filling import Given, filled_in
from bot.demo.workspace.outcome import NotThere, Outcome, failed
from bot.demo.workspace.payloads import buttons, closed_fields, submission_fields, view_press_fields
from bot.demo.workspace.refusal import SlackRefusal
from bot.demo.workspace.surfaces import Trigger
from bot.demo.workspace.transport import Failed
from bot.demo.workspace.views import judged

TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack says in a modal when the app does not answer, or answers what Slack cannot show."""

WHOLE_VIEW = ""
"""Where in a view's errors stands what is about no field."""


class Viewing(Acting):
    """Buttons of views, and forms."""

    def press_view(
        self,
        user_id: str,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        values: Mapping[str, Given] | None = None,
    ) -> Outcome:
        """Let somebody press a button of their Home tab or of the topmost modal; `values` as in `submit`.

        Raises `NotThere` when they do not see such a view or button.
        """
        view = self._seen(user_id, view_id, values or {})
        button = next(buttons(view["blocks"], action_id, block_id), None)
        if button is None:
            raise NotThere(f"no button {action_id} in view {view_id}")
        payload = view_press_fields(self._person(user_id), view, button, f"{self._now():.6f}")
        is_modal = view["type"] == "modal"
        payload["trigger_id"] = self._team.surfaces.open_trigger(user_id, view_id if is_modal else None)
        self._team.journal.write("slack", f"button {action_id} from {user_id} in a {view['type']}")
        try:
            body = self._transport.deliver("interactive", payload)
        except Failed as failure:
            return self._trouble(view_id, f"“{button.label}” failed: {failure}", str(failure))
        if body:
            self._team.journal.write("slack", "ignored the body of an answer to a button of a view")
        return Outcome("acknowledged")

    def submit(self, user_id: str, view_id: str, values: Mapping[str, Given]) -> Outcome:
        """Let somebody fill in the topmost modal and send it off.

        `values` are by block id what is typed, or the value or id of what is chosen, or a list of these; what is not
        named stays as it is. Raises `NotThere` for a modal or field that they do not see, or a choice not offered.
        """
        view = self._seen(user_id, view_id, values)
        if view["type"] != "modal" or view["submit"] is None:
            raise NotThere(f"view {view_id} cannot be sent off")
        missing = complaints(view, view["state"]["values"])
        self._team.surfaces.complain(view_id, missing)
        if missing:
            return Outcome("refused", banner=next(iter(missing.values())))
        payload = submission_fields(self._person(user_id), view)
        payload["trigger_id"] = self._team.surfaces.open_trigger(user_id, view_id)
        self._team.journal.write("slack", f"form {view['callback_id']} from {user_id}")
        try:
            body = self._transport.deliver("interactive", payload)
            return self._after(user_id, view, body)
        except Failed as failure:
            return self._trouble(view_id, TROUBLE, str(failure))
        except SlackRefusal as refusal:
            told = refusal.answer.get("errors") or [refusal.answer["error"]]
            self._team.journal.write("slack", f"Slack refused the answer to a form: {' '.join(map(str, told))}")
            return self._trouble(view_id, TROUBLE, "refused")

    def close(self, user_id: str, view_id: str, *, everything: bool = False) -> Outcome:
        """Let somebody close the topmost modal with its button, or, with `everything`, all of them with the X.

        Raises `NotThere` when it is not the topmost.
        """
        view = self._seen(user_id, view_id, {})
        if view["type"] != "modal":
            raise NotThere("the Home tab cannot be closed")
        surfaces = self._team.surfaces
        is_cleared = everything or view["clear_on_close"]
        closed = surfaces.clear(user_id) if is_cleared else surfaces.close(user_id, view_id)
        self._team.journal.write("slack", f"{user_id} closed {'every modal' if is_cleared else 'a modal'}")
        outcome = Outcome("acknowledged")
        for one in closed:
            if not one["notify_on_close"]:
                continue
            try:
                self._transport.deliver("interactive", closed_fields(self._person(user_id), one, is_cleared=is_cleared))
            except Failed as failure:  # the person has closed it and sees nothing of this
                outcome = failed(str(failure), "")
        return outcome

    def _seen(self, user_id: str, view_id: str, values: Mapping[str, Given]) -> dict[str, Any]:
        """Give a view that somebody can use now, as they have filled it in."""
        self._person(user_id)
        surfaces = self._team.surfaces
        home, modals = surfaces.home(user_id), surfaces.modals(user_id)
        view = modals[-1] if modals else home
        if view is None or view["id"] != view_id:
            raise NotThere(f"no view {view_id} in front of {user_id}")
        state = filled_in(self._team, user_id, view, values)
        surfaces.hold(view_id, state)
        return {**view, "state": {"values": state}}

    def _after(self, user_id: str, view: Mapping[str, Any], body: Mapping[str, Any]) -> Outcome:
        """Do what the answer to a form asks. Raises `SlackRefusal` for what cannot be shown."""
        surfaces, action = self._team.surfaces, body.get("response_action")
        if not body:
            surfaces.close(user_id, view["id"])
        elif action == "clear":
            surfaces.clear(user_id)
        elif action == "errors":
            surfaces.complain(view["id"], _errors(view, body.get("errors")))
            return Outcome("answered", text=" ".join(body["errors"].values()))
        elif action == "update":
            surfaces.replace(view["id"], judged(body.get("view"), "modal"))
        elif action == "push":
            surfaces.push(Trigger(user_id, view["id"], 0.0), judged(body.get("view"), "modal"))
        else:
            raise SlackRefusal("invalid_response_action")
        return Outcome("acknowledged")

    def _trouble(self, view_id: str, words: str, word: str) -> Outcome:
        self._team.surfaces.complain(view_id, {WHOLE_VIEW: words})
        self._team.journal.write("slack", words)
        return Outcome("refused", banner=words) if word == "refused" else failed(word, words)


def _errors(view: Mapping[str, Any], given: object) -> Mapping[str, str]:
    """Take the sentences for a form: each under one of its fields."""
    if not isinstance(given, Mapping) or not given:
        raise SlackRefusal("invalid_errors")
    fields = [block_id for block_id, _ in inputs(view["blocks"])]
    odd = [name for name, words in given.items() if name not in fields or not isinstance(words, str) or not words]
    if odd:
        raise SlackRefusal("invalid_errors", errors=[f"no field {name}, or no sentence for it" for name in odd])
    return given
