"""The lists of the invented company's Admin API: people, workspaces, keys."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from bot.demo.company import Company
from bot.demo.company.sessions import Who
from bot.demo.company.wire import Problem, limit_of

CLAUDE_CODE = "wrkspc_01ClaudeCodeOfHoshino01"
CI = "wrkspc_01CiOfHoshinoWorks00001"
SUPPORT = "wrkspc_01SupportBotOfHoshino01"
DEFAULT = "wrkspc_01DefaultOfHoshino00001"
_ARCHIVED = "wrkspc_01ExperimentsOfHoshino1"
SUPPORT_KEY = "support-bot"
RETIRED_KEY = "retired-indexer"

_LONG_AGO = "2026-03-02T01:12:33.120000Z"


def user_id(address: str) -> str:
    """Give somebody's id."""
    return _id("user", address)


def key_id(name: str) -> str:
    """Give the id of an API key."""
    return _id("apikey", name)


def workspace_of(who: Who) -> str:
    """Give the workspace in which somebody's use of Claude Code is paid."""
    return CI if who.is_machine else CLAUDE_CODE


def has_left(who: Who) -> bool:
    """Say whether somebody is in the organization no more. Their address stays in the analytics."""
    return who.habit.last_day is not None


def display_name(address: str) -> str:
    """Give the name that the vendor's console shows of a person."""
    return address.partition("@")[0].replace(".", " ").title()


def users(company: Company) -> list[dict[str, Any]]:
    """Give the people, the newest first."""
    return [
        {
            "type": "user",
            "id": user_id(who.name),
            "email": who.name,
            "name": display_name(who.name),
            "role": "claude_code_user",
            "added_at": _LONG_AGO,
            "x_unknown": None,
        }
        for who in reversed(company.customers)
        if not who.is_machine and not has_left(who)
    ]


def workspaces(query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give the workspaces; archived ones and the default one only on request."""
    found = [_workspace(CLAUDE_CODE, "Claude Code"), _workspace(CI, "CI"), _workspace(SUPPORT, "Support bot")]
    if query.get("include_archived") == "true":
        found.append(_workspace(_ARCHIVED, "Old experiments", archived_at="2026-06-30T12:00:00Z"))
    if query.get("include_default") == "true":
        found.append(_workspace(DEFAULT, "Default"))
    return found


def api_keys(company: Company, *, is_early: bool) -> list[dict[str, Any]]:
    """Give the keys of every status: one of each person, which Claude Code made, and those of machines."""
    people = [who for who in company.customers if not who.is_machine and not has_left(who)]
    boss = people[0].name if people else "nobody@example.com"
    found = [_key(who.name, CI, boss) for who in company.customers if who.is_machine]
    found += [_key(f"claude_code_key_{who.external_id.partition('@')[0]}", CLAUDE_CODE, who.name) for who in people]
    found.append(_key(SUPPORT_KEY, SUPPORT, boss))
    found.append(_key(RETIRED_KEY, None, boss, status="archived"))
    if is_early:
        return [key | {"workspace_id": key["scope"].get("workspace_id")} for key in found]
    return found


def page(items: Sequence[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """Give one page of a list, behind or before an item. Raises `Problem`."""
    limit = limit_of(query)
    if "after_id" in query and "before_id" in query:
        raise Problem(400, "after_id, before_id: at most one of them")
    ids = [item["id"] for item in items]
    start, end = 0, len(items)
    for name in ("after_id", "before_id"):
        if name in query and query[name] not in ids:
            raise Problem(400, f"{name}: there is no such id")
    if "after_id" in query:
        start = ids.index(query["after_id"]) + 1
    if "before_id" in query:
        end = ids.index(query["before_id"])
        start = max(0, end - limit)
    found = items[start:end][:limit]
    has_more = start > 0 if "before_id" in query else start + limit < end
    return {
        "data": list(found),
        "first_id": found[0]["id"] if found else None,
        "last_id": found[-1]["id"] if found else None,
        "has_more": has_more,
        "x_unknown": [],
    }


def _workspace(workspace_id: str, name: str, archived_at: str | None = None) -> dict[str, Any]:
    return {
        "type": "workspace",
        "id": workspace_id,
        "name": name,
        "created_at": _LONG_AGO,
        "archived_at": archived_at,
        "display_color": "#6C5BB9",
        "tags": {},
        "x_unknown": None,
    }


def _key(name: str, workspace_id: str | None, maker: str, status: str = "active") -> dict[str, Any]:
    scope = {"type": "workspace", "workspace_id": workspace_id} if workspace_id else {"type": "organization"}
    return {
        "type": "api_key",
        "id": key_id(name),
        "name": name,
        "status": status,
        "created_at": _LONG_AGO,
        "expires_at": None,
        "created_by": {"type": "user", "id": user_id(maker)},
        "partial_key_hint": "sk-ant-api03-hin...t00",
        "principal": None,
        "scope": scope,
        "x_unknown": None,
    }


def _id(prefix: str, name: str) -> str:
    return f"{prefix}_01{hashlib.sha256(name.encode()).hexdigest()[:22]}"
