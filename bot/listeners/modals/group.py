"""The form for a group: its name, and its people by hand or from a Slack user group."""

from bot.access import Act
from bot.group import Group, GroupOrigin
from bot.listeners.ask import Ask
from bot.listeners.commands.group_changes import LEAD, USERGROUP
from bot.listeners.modals.form import Filled, Modal
from bot.runtime import Runtime
from bot.store import accounts, groups
from bot.store.engine import Session
from bot.views.modal import View, choice_field, modal, people_field, text_field

_NAME, _PEOPLE, _LEADS, _USERGROUP = "name", "people", "leads", "usergroup"
_LONGEST_NAME = 40


def _form(rt: Runtime, ask: Ask) -> View:
    """Draw it empty, or filled with the group that the button names."""
    t = ask.text
    with rt.sessions() as session:
        group = groups.by_name(session, ask.words[0].casefold()) if ask.words else None
        people = _accounts(session, groups.people_of(session, group.group_id)) if group else []
        leads = _accounts(session, groups.leads_of(session, group.group_id)) if group else []
    from_slack = group if group and group.origin is GroupOrigin.USERGROUP else None
    name = t("groups.form.name")
    return modal(
        t("groups.form.change" if group else "groups.form.new"),
        [
            _fixed(group, name) if group else text_field(_NAME, name, longest=_LONGEST_NAME, hint=t("groups.form.one")),
            people_field(_PEOPLE, t("groups.form.people"), initial=[] if from_slack else people, optional=True),
            text_field(
                _USERGROUP,
                t("groups.form.usergroup"),
                initial=(from_slack.external_id or "") if from_slack else "",
                placeholder="@platform",
                hint=t("groups.form.either"),
                optional=True,
            ),
            people_field(_LEADS, t("groups.form.leads"), initial=leads, optional=True),
        ],
        t,
        submit=t("groups.form.submit"),
    )


def _fixed(group: Group, label: str) -> dict[str, object]:
    """A group keeps its name: another one would make another group."""
    return choice_field(_NAME, label, [(group.name, group.name)], initial=group.name)


def _words(filled: Filled) -> tuple[str, ...]:
    people = tuple(f"@{one}" for one in filled.some(_PEOPLE))
    leads = tuple(f"@{one}" for one in filled.some(_LEADS))
    handle = filled.typed(_USERGROUP)
    usergroup = (USERGROUP, handle) if handle else ()
    return ("settings", "groups", "set", filled.typed(_NAME), *people, LEAD, *leads, *usergroup)


def _accounts(session: Session, member_ids: frozenset[int]) -> list[str]:
    return [one.slack_user_id for one in accounts.of_members(session, member_ids).values()]


GROUP = Modal(
    name="group",
    act=Act.MANAGE_GROUPS,
    form=_form,
    words=_words,
    field_of={
        "error.group_name": _NAME,
        "error.group_exists": _NAME,
        "error.group_person": _PEOPLE,
        "error.group_empty": _PEOPLE,
        "error.group_either": _USERGROUP,
        "error.usergroup_unknown": _USERGROUP,
        "error.usergroup_scope": _USERGROUP,
        "error.usergroup_unread": _USERGROUP,
    },
)
