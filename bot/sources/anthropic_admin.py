"""The Admin API's names: workspaces, API keys, and whose the keys are. No key, and no part of one, is read."""

import logging
import time
from collections.abc import Callable, Iterator
from random import random as dice
from typing import Any, TypeVar

from bot.config import Settings
from bot.costs import Directory, VendorKey, VendorWorkspace
from bot.errors import ConfigError, SourceAbsent, SourceChanged, SourceError
from bot.people import fold_email
from bot.sources.http import BadRequest, ThinClient, Transport
from bot.sources.pages import Params, items
from bot.sources.rows import bounded

NAME = "anthropic_admin"

_USERS = "/v1/organizations/users"
_WORKSPACES = "/v1/organizations/workspaces"
_KEYS = "/v1/organizations/api_keys"
_VERSION = "2026-10-21"

Item = TypeVar("Item")

logger = logging.getLogger(__name__)


def open_directory(
    settings: Settings,
    *,
    source: str = NAME,
    transport: Transport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    random: Callable[[], float] = dice,
) -> "DirectoryReader":
    """Open the lists for one run. `source` is who asks: errors are told in its name.

    Raises `ConfigError` without a key.
    """
    if settings.anthropic_admin_key is None:
        raise ConfigError("ANTHROPIC_ADMIN_KEY is not set. The README says where to find it.")
    client = ThinClient(
        source=source,
        base_url=settings.anthropic_base_url,
        headers={
            "x-api-key": settings.anthropic_admin_key.get_secret_value(),
            "anthropic-version": _VERSION,
        },
        paths=(_USERS, _WORKSPACES, _KEYS),
        transport=transport,
        sleep=sleep,
        monotonic=monotonic,
        random=random,
    )
    return DirectoryReader(client)


class DirectoryReader:
    """Reads whole lists. Raises `SourceAbsent` where the key does not open them, else another `SourceError`.

    What of a list is not understood is logged and left out, as long as something is.
    """

    def __init__(self, client: ThinClient) -> None:
        self._client = client

    def read(self) -> Directory:
        """Give all workspaces, archived ones and the default one too, and all API keys, whatever their status."""
        emails = dict(self._list(_USERS, _user))
        return Directory(
            workspaces=tuple(self._workspaces()),
            keys=tuple(self._list(_KEYS, lambda item: _key(item, emails))),
        )

    def key_names(self) -> dict[str, str]:
        """Give the name of each API key by its id. Names are not unique."""
        return {key.key_id: key.name for key in self._list(_KEYS, lambda item: _key(item, {}))}

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def _workspaces(self) -> list[VendorWorkspace]:
        archived = [("include_archived", "true")]
        try:
            return self._list(_WORKSPACES, _workspace, [*archived, ("include_default", "true")])
        except BadRequest:  # the parameter is a late one; the default workspace has no name of its own without it
            return self._list(_WORKSPACES, _workspace, archived)

    def _list(self, path: str, parse: Callable[[Any], Item], asked: Params = ()) -> list[Item]:
        found: dict[str, Item] = {}
        bad = 0
        for item in self._items(path, asked):
            try:
                found[_id_of(item)] = parse(item)
            except ValueError:
                bad += 1
        if bad:
            logger.warning("quarantined", extra={"source": self._client.source, "path": path, "rows": bad})
            if not found:
                raise SourceChanged(self._client.source, f"none of {bad} items of {path} is understood")
        return list(found.values())

    def _items(self, path: str, asked: Params) -> Iterator[Any]:
        try:
            yield from items(self._client, path, asked)
        except SourceError as error:
            if error.status in (403, 404):
                raise SourceAbsent(error.source, error.why) from None
            raise


def _id_of(item: Any) -> str:
    return _text(item, "id")


def _user(item: Any) -> tuple[str, str]:
    return _id_of(item), bounded(fold_email(_text(item, "email")))


def _workspace(item: Any) -> VendorWorkspace:
    return VendorWorkspace(workspace_id=bounded(_id_of(item)), name=bounded(_text(item, "name")))


def _key(item: Any, emails: dict[str, str]) -> VendorKey:
    return VendorKey(
        key_id=bounded(_id_of(item)),
        name=bounded(_text(item, "name")),
        workspace_id=_workspace_id(item),
        owner_email=emails.get(_owner(item)),
    )


def _workspace_id(item: dict[str, Any]) -> str | None:
    """API versions before 2026-10-21 say it at the top, later ones only in `scope`."""
    scope = item.get("scope")
    found = scope.get("workspace_id") if isinstance(scope, dict) else item.get("workspace_id")
    return bounded(found) if isinstance(found, str) and found else None


def _owner(item: dict[str, Any]) -> str:
    """Give the user id of whom the key stands for, else of who made it; empty where that is no user."""
    principal, maker = item.get("principal"), item.get("created_by")
    if isinstance(principal, dict) and principal.get("type") == "user_actor":
        return str(principal.get("user_id"))
    if isinstance(maker, dict) and maker.get("type") == "user":
        return str(maker.get("id"))
    return ""


def _text(item: Any, field: str) -> str:
    value = item.get(field) if isinstance(item, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field}: no text")
    return value
