"""Walks over the pages of an answer, to an end that is certain: no cursor twice, none missing, a cap on them all."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from bot.errors import SourceChanged
from bot.sources.http import BadRequest, ThinClient

MAX_PAGES = 1000
_MAX_WALKS = 4
"""The first walk over the pages, and three more if it does not come to its end whole."""
_WHOLE_PAGE = ("limit", "1000")

Params = Sequence[tuple[str, str]]
Walked = TypeVar("Walked")

logger = logging.getLogger(__name__)


class Torn(SourceChanged):
    """What came does not fit together: it may have changed while it was read. From the start it may be whole."""


class CursorRefused(Torn):
    """HTTP 400 to a question with a cursor."""


def pages(client: ThinClient, path: str, asked: Params) -> Iterator[dict[str, Any]]:
    """Give the pages that `next_page` leads to; each has a list of `data`.

    Raises `CursorRefused` in the middle of the walk, and `SourceChanged` for a walk without an end.
    """
    cursors: set[str] = set()
    cursor = None
    for _ in range(MAX_PAGES):
        try:
            page = _page(client, path, [*asked, ("page", cursor)] if cursor else asked)
        except BadRequest as error:
            raise (CursorRefused(error.source, error.why) if cursor else error) from None
        yield page
        if page.get("has_more") is False:
            return
        cursor = page.get("next_page")
        if page.get("has_more") is not True or not isinstance(cursor, str) or not cursor or cursor in cursors:
            raise SourceChanged(client.source, "the pages have no end: has_more and next_page contradict one another")
        cursors.add(cursor)
    raise SourceChanged(client.source, f"there are more than {MAX_PAGES} pages")


def items(client: ThinClient, path: str, asked: Params = ()) -> Iterator[Any]:
    """Give the items of a list whose pages are asked for by the id of the last item seen.

    Raises `SourceChanged` for a walk without an end.
    """
    seen: set[str] = set()
    last = None
    for _ in range(MAX_PAGES):
        page = _page(client, path, [*asked, _WHOLE_PAGE, *([("after_id", last)] if last else [])])
        yield from page["data"]
        if page.get("has_more") is False:
            return
        last = page.get("last_id")
        if page.get("has_more") is not True or not isinstance(last, str) or not last or last in seen:
            raise SourceChanged(client.source, "the pages have no end: has_more and last_id contradict one another")
        seen.add(last)
    raise SourceChanged(client.source, f"there are more than {MAX_PAGES} pages")


def from_the_start(source: str, walk: Callable[[], Walked]) -> Walked:
    """Walk again from the first page when a cursor is refused on the way, as it may have expired, or a walk is torn."""
    for _ in range(_MAX_WALKS - 1):
        try:
            return walk()
        except Torn as error:
            logger.warning("walk begins again", extra={"source": source, "why": error.why})
    return walk()


def _page(client: ThinClient, path: str, asked: Params) -> dict[str, Any]:
    page = client.get(path, asked)
    if not isinstance(page, dict) or not isinstance(page.get("data"), list):
        raise SourceChanged(client.source, "a page has no list of data")
    return page
