"""`/ccost settings groups …`: groups made and changed, each change in the audit log in the same transaction."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.errors import UserError
from bot.group import Group, GroupOrigin, fold_name
from bot.listeners.ask import Ask
from bot.people import Standing
from bot.periods import parse_period, utc_day
from bot.runtime import Runtime
from bot.store import accounts, audit, groups, members, organization
from bot.store.engine import Session
from bot.store.groups import Changed
from bot.views import groups as view
from bot.views.blocks import Message
from bot.workspace import UserGroup, find_usergroup

LEAD, USERGROUP = "lead", "usergroup"
"""What divides the words behind `set`: people, then leads, then where the people come from."""

_PERSON = re.compile(r"@([UW][A-Z0-9]+)", re.ASCII)
_USERGROUP = re.compile(r"<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>", re.ASCII)
_TEAM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a form, or somebody who types `set`, wants a group to be."""

    people: tuple[str, ...]
    leads: tuple[str, ...]
    usergroup: UserGroup | None


def change(rt: Runtime, ask: Ask) -> Message:
    """Do what the words behind `settings groups` say. Raises `UserError` with the form."""
    verb, *words = ask.words
    row = _CHANGES.get(verb.lower())
    if row is None or len(words) < row.fewest or (row.most is not None and len(words) > row.most):
        raise UserError("error.groups_form")
    return row.do(rt, ask, words[0], words[1:])


def new_name(ask: Ask, word: str) -> str:
    """Fold the name of a group to be made. Raises `UserError` unless it can be one."""
    name = fold_name(word)
    if name is None:
        raise UserError("error.group_name", name=word)
    try:
        parse_period(name, ask.now)
    except UserError as error:
        if error.key == "error.period_unknown":
            return name
    raise UserError("error.group_name", name=word)


def _make(rt: Runtime, ask: Ask, word: str, people: Sequence[str]) -> Message:
    name = new_name(ask, word)
    with rt.sessions.begin() as session:
        groups.lock(session)
        if groups.by_name(session, name) is not None:
            raise UserError("error.group_exists", name=name)
        found = _people(session, people)
        _made(session, ask, name, found)
    return view.done("groups.made", name, ask.text, n=len(found))


def _move(rt: Runtime, ask: Ask, word: str, people: Sequence[str], *, comes: bool) -> Message:
    with rt.sessions.begin() as session:
        groups.lock(session)
        group = _group(session, word)
        if group.origin is GroupOrigin.USERGROUP:
            raise UserError("error.group_from_slack", name=group.name)
        now, moved = groups.people_of(session, group.group_id), _people(session, people, any_standing=not comes)
        done = _set_people(session, ask, group, now | moved if comes else now - moved)
    if comes:
        return view.done("groups.added", group.name, ask.text, n=len(done.added))
    return view.done("groups.removed", group.name, ask.text, n=len(done.removed))


def _lead(rt: Runtime, ask: Ask, word: str, people: Sequence[str], *, leads: bool) -> Message:
    with rt.sessions.begin() as session:
        groups.lock(session)
        group = _group(session, word)
        now, named = groups.leads_of(session, group.group_id), _people(session, people, any_standing=not leads)
        done = _set_leads(session, ask, group, now | named if leads else now - named)
    if leads:
        return view.done("groups.leads_set", group.name, ask.text, n=len(done.added))
    return view.done("groups.leads_removed", group.name, ask.text, n=len(done.removed))


def _usergroup(rt: Runtime, ask: Ask, word: str, handles: Sequence[str]) -> Message:
    found = _found_usergroup(rt, handles[0])
    with rt.sessions.begin() as session:
        groups.lock(session)
        group, people = _from_slack(session, ask, word, found)
    return view.done("groups.from_slack", group, ask.text, handle=f"@{found.handle}", n=len(people))


def _gateway(rt: Runtime, ask: Ask, word: str, team_ids: Sequence[str]) -> Message:
    team_id = team_ids[0]
    if not _TEAM_ID.fullmatch(team_id):
        raise UserError("error.group_team_id", name=team_id)
    with rt.sessions.begin() as session:
        groups.lock(session)
        known = groups.by_name(session, word.casefold())
        if known is None:
            name = new_name(ask, word)
            _made(session, ask, name, frozenset(), GroupOrigin.GATEWAY_TEAM, team_id)
        else:
            name = known.name
            groups.describe(session, known.group_id, GroupOrigin.GATEWAY_TEAM, team_id)
            _note(session, ask, "group_changed", known.group_id)
    return view.done("groups.from_gateway", name, ask.text, team=team_id)


def _delete(rt: Runtime, ask: Ask, word: str, _nothing: Sequence[str]) -> Message:
    with rt.sessions.begin() as session:
        groups.lock(session)
        group = _group(session, word)
        if organization.policy(session).pilot_group_id == group.group_id:
            raise UserError("error.group_in_pilot", name=group.name)
        groups.remove(session, group.group_id, utc_day(ask.now))
        _note(session, ask, "group_deleted", group.group_id, group.name)
    return view.deleted(group.name, ask.text)


def _set(rt: Runtime, ask: Ask, word: str, words: Sequence[str]) -> Message:
    """Let a group be exactly this, made now if there is none."""
    wanted = _wanted(rt, words)
    with rt.sessions.begin() as session:
        groups.lock(session)
        known = groups.by_name(session, word.casefold())
        if wanted.usergroup is not None:
            name, people = _from_slack(session, ask, word, wanted.usergroup)
        else:
            people = _people(session, wanted.people)
            name = known.name if known else new_name(ask, word)
            if known is None or known.origin is not GroupOrigin.GATEWAY_TEAM:
                _require_people(people)
            _by_hand(session, ask, name, known, people)
        group = _group(session, name)
        _set_leads(session, ask, group, _people(session, wanted.leads))
    return view.done("groups.set" if known else "groups.made", name, ask.text, n=len(people))


def _by_hand(session: Session, ask: Ask, name: str, known: Group | None, people: frozenset[int]) -> None:
    if known is None:
        _made(session, ask, name, people)
        return
    if known.origin is GroupOrigin.USERGROUP:
        groups.describe(session, known.group_id, GroupOrigin.BY_HAND, None)
    _set_people(session, ask, known, people)


def _from_slack(session: Session, ask: Ask, word: str, found: UserGroup) -> tuple[str, frozenset[int]]:
    """Let a group have the people of a user group, made now if there is none."""
    people = accounts.full_members(session, found.accounts)
    _require_people(people)
    known = groups.by_name(session, word.casefold())
    if known is None:
        name = new_name(ask, word)
        _made(session, ask, name, people, GroupOrigin.USERGROUP, found.usergroup_id)
        return name, people
    groups.describe(session, known.group_id, GroupOrigin.USERGROUP, found.usergroup_id)
    _set_people(session, ask, known, people)
    return known.name, people


def _wanted(rt: Runtime, words: Sequence[str]) -> _Wanted:
    parts: dict[str, list[str]] = {"": [], LEAD: [], USERGROUP: []}
    here = ""
    for word in words:
        if word in (LEAD, USERGROUP):
            here = word
        else:
            parts[here].append(word)
    handles = parts[USERGROUP]
    if len(handles) > 1 or (handles and parts[""]):
        raise UserError("error.group_either")
    return _Wanted(
        people=tuple(parts[""]),
        leads=tuple(parts[LEAD]),
        usergroup=_found_usergroup(rt, handles[0]) if handles else None,
    )


def _found_usergroup(rt: Runtime, word: str) -> UserGroup:
    mention = _USERGROUP.fullmatch(word)
    return find_usergroup(rt, mention[1] if mention else word)


def _made(
    session: Session,
    ask: Ask,
    name: str,
    people: Iterable[int],
    origin: GroupOrigin = GroupOrigin.BY_HAND,
    external_id: str | None = None,
) -> None:
    by = ask.viewer.slack_user_id
    group_id = groups.make(session, name, people, origin=origin, external_id=external_id, by=by, at=ask.now)
    _note(session, ask, "group_made", group_id)


def _set_people(session: Session, ask: Ask, group: Group, people: Collection[int]) -> Changed:
    done = groups.set_people(session, group.group_id, people, utc_day(ask.now))
    names = accounts.of_members(session, done.added | done.removed)
    for sign, moved in (("+", done.added), ("-", done.removed)):
        for one in sorted(moved):
            _note(session, ask, "group_changed", group.group_id, sign, names[one].slack_user_id)
    return done


def _set_leads(session: Session, ask: Ask, group: Group, leads: Collection[int]) -> Changed:
    done = groups.set_leads(session, group.group_id, leads)
    names = accounts.of_members(session, done.added | done.removed)
    for act, moved in (("lead_set", done.added), ("lead_removed", done.removed)):
        for one in sorted(moved):
            _note(session, ask, act, group.group_id, names[one].slack_user_id)
    return done


def _group(session: Session, word: str) -> Group:
    group = groups.by_name(session, word.casefold())
    if group is None:
        raise UserError("error.group_unknown", name=word)
    return group


def _people(session: Session, words: Iterable[str], *, any_standing: bool = False) -> frozenset[int]:
    """Find people by mention or address: only full members, unless somebody is to go."""
    found = set[int]()
    for word in words:
        mention = _PERSON.fullmatch(word)
        member = members.by_slack_id(session, mention[1]) if mention else members.by_email(session, word)
        if member is None or (member.standing is not Standing.MEMBER and not any_standing):
            raise UserError("error.group_person", name=member.display_name if member else word)
        found.add(member.member_id)
    return frozenset(found)


def _require_people(people: Collection[int]) -> None:
    if not people:
        raise UserError("error.group_empty")


def _note(session: Session, ask: Ask, act: str, group_id: int, *more: str) -> None:
    target = "/".join(("group", str(group_id), *more))
    audit.note(session, actor=ask.viewer.slack_user_id, act=act, target=target, at=ask.now)


@dataclass(frozen=True, slots=True)
class _Change:
    do: Callable[[Runtime, Ask, str, Sequence[str]], Message]
    """Gets the group's name and the words behind it."""
    fewest: int
    """Words, the name included."""
    most: int | None = None


_CHANGES: Mapping[str, _Change] = {
    "make": _Change(_make, 2),
    "add": _Change(partial(_move, comes=True), 2),
    "remove": _Change(partial(_move, comes=False), 2),
    "lead": _Change(partial(_lead, leads=True), 2),
    "unlead": _Change(partial(_lead, leads=False), 2),
    "usergroup": _Change(_usergroup, 2, 2),
    "gateway": _Change(_gateway, 2, 2),
    "delete": _Change(_delete, 1, 1),
    "set": _Change(_set, 1),
}
