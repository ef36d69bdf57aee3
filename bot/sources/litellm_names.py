"""Who is behind LiteLLM's ids of users and keys, asked for only where the activity itself does not say it."""

import logging
from collections.abc import Iterator
from typing import Any

from bot.errors import SourceChanged, SourceError
from bot.sources.http import ThinClient
from bot.sources.litellm_rows import address
from bot.sources.pages import MAX_PAGES

USERS, KEYS = "/user/list", "/key/list"

_PAGE = "100"
"""The most that either list gives at once."""

logger = logging.getLogger(__name__)


class Names:
    """Reads each list at most once. Raises `SourceError` rather than give half of one."""

    def __init__(self, client: ThinClient) -> None:
        self._client = client
        self._emails: dict[str, str | None] | None = None
        self._aliases: dict[str, str | None] | None = None

    def emails(self) -> dict[str, str | None]:
        """Give the address of each user by id, None for who has none."""
        if self._emails is None:
            asked = [("page_size", _PAGE)]
            users = self._items(USERS, "users", asked)
            self._emails = {user_id: address(user.get("user_email")) for user_id, user in _with_id(users, "user_id")}
        return self._emails

    def aliases(self) -> dict[str, str | None]:
        """Give the alias of each key by its hash. A key that does not open this list gives none: hashes stay."""
        if self._aliases is None:
            asked = [("size", _PAGE), ("return_full_object", "true")]
            try:
                keys = list(_with_id(self._items(KEYS, "keys", asked), "token"))
            except SourceError as error:
                if error.status not in (403, 404):
                    raise
                logger.info("keys have no names", extra={"source": error.source, "why": error.why})
                keys = []
            self._aliases = {
                token: alias if isinstance(alias := key.get("key_alias"), str) and alias.strip() else None
                for token, key in keys
            }
        return self._aliases

    def _items(self, path: str, name: str, asked: list[tuple[str, str]]) -> Iterator[Any]:
        for number in range(1, MAX_PAGES + 1):
            page = self._client.get(path, [*asked, ("page", str(number))])
            found = page.get(name) if isinstance(page, dict) else None
            pages = page.get("total_pages") if isinstance(page, dict) else None
            if not isinstance(found, list) or not isinstance(pages, int):
                raise SourceChanged(self._client.source, f"{path} gives no list of {name}")
            yield from found
            if number >= pages:
                return
        raise SourceChanged(self._client.source, f"{path} has more than {MAX_PAGES} pages")


def _with_id(items: Iterator[Any], field: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what of a list has the id by which it is looked up; nobody asks for the rest."""
    for item in items:
        value = item.get(field) if isinstance(item, dict) else None
        if isinstance(value, str):
            yield value, item
