"""What Slack checks of a view before it shows it: a modal or a Home tab."""

from collections.abc import Mapping

from bot.demo.workspace.blockkit_findings import INVALID_VIEW, Findings, Problem
from bot.demo.workspace.blockkit_rules import judge_blocks

_OF_BOTH = ("private_metadata", "callback_id", "external_id")
_OF_MODALS = ("submit", "close", "clear_on_close", "notify_on_close")


def view_problems(view: object) -> list[Problem]:
    """Judge a view as `views.open`, `views.publish` and an answer to a form do."""
    found = Findings(error=INVALID_VIEW)
    if not isinstance(view, Mapping) or view.get("type") not in ("modal", "home"):
        found.refuse("/view/type", "must be one of: home, modal")
        return found.problems
    is_modal = view["type"] == "modal"
    required = ("type", "title", "blocks") if is_modal else ("type", "blocks")
    found.shape("/view", view, required=required, optional=(*_OF_BOTH, *(_OF_MODALS if is_modal else ())))
    if is_modal:
        for name in ("title", "submit", "close"):
            if view.get(name) is not None:
                found.text(f"/view/{name}", view[name], longest=24, plain=True)
    for name, longest in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        found.string(f"/view/{name}", view.get(name), longest=longest, shortest=0)
    judge_blocks(found, view.get("blocks"), view["type"], "/view/blocks")
    blocks = view["blocks"] if isinstance(view.get("blocks"), list) else []
    has_fields = any(isinstance(block, Mapping) and block.get("type") == "input" for block in blocks)
    if is_modal and has_fields and view.get("submit") is None:
        found.refuse("/view/submit", "missing required field: submit, as the view has input blocks")
    return found.problems
