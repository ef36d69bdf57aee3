"""A UTC day as pages of LiteLLM's daily activity say it: added up by key and model, then told by person. Pure.

A page shows what its own rows of the proxy's daily table add up to. One day spreads over pages, and one sum over them,
so nothing is judged before the last page was added.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sources.litellm_rows import Metrics, Row, address, as_object, metrics

_NOBODY = frozenset({"", "Unassigned"})
_NONE = Metrics()

Cell = tuple[str, str]
"""A key's hash, and a model as the proxy names it, empty for none."""


class TooOld(ValueError):
    """The proxy does not say which key used which model: it is older than 1.77."""


class MoreThanWhole(ValueError):
    """The users of a key used more of it than there is: it was used while they were asked for."""


@dataclass(slots=True)
class Day:
    """Adds up what pages say of one day."""

    total: Metrics = _NONE
    bad: dict[Cell, str] = field(default_factory=dict)
    """Why a cell could not be read. One bad page spoils it, as its sum is not known."""
    aliases: dict[str, str | None] = field(default_factory=dict)
    """Of a key: None where the proxy says that it has none, and no entry where it does not say."""
    emails: dict[str, str | None] = field(default_factory=dict)
    """Of a user: None where the proxy says that there is none, and no entry where it does not say."""
    _cells: dict[Cell, Metrics] = field(default_factory=dict)
    _keys: dict[str, Metrics] = field(default_factory=dict)
    _users: dict[str, set[str]] = field(default_factory=dict)
    """Of a key: who used it; nobody is the empty id."""
    _owners: dict[str, str] = field(default_factory=dict)
    """Of a key: to whom it belongs now, where the proxy says so."""

    def add(self, result: Any) -> None:
        """Add what one page says of the day. Raises `TooOld`, or `ValueError` for a page without its sums."""
        said = as_object(result, "results")
        self.total += metrics(said.get("metrics"))
        breakdown = as_object(said.get("breakdown"), "breakdown")
        for model, entry in _objects(breakdown.get("models")):
            self._add_model(model, entry)
        for user, entry in _objects(breakdown.get("entities")):
            self._add_user(user, entry)
        for key, entry in _objects(breakdown.get("api_keys")):
            self._add_key(key, entry)

    def shared_keys(self) -> dict[str, list[str]]:
        """Give the keys that several used on the day, one of whom may be nobody; and those of the users with an id."""
        return {key: sorted(users - {""}) for key, users in self._users.items() if len(users) > 1}

    def is_only_of(self, user: str) -> bool:
        """Nobody else is in it: the proxy understood that it was asked for one user."""
        return not {other for users in self._users.values() for other in users} - {user}

    def rows(self, parts: Mapping[str, "Day"]) -> dict[Row, Metrics]:
        """Tell whose each cell is.

        `parts` says of users, by id, what was theirs of the keys that several used; what remains of such a key is the
        key's own. Raises `MoreThanWhole`, or `ValueError` where what was said does not add up.
        """
        shared = self.shared_keys()
        of_user = {user: part.whole() for user, part in parts.items()}
        found: dict[Row, Metrics] = {}
        for cell, used in self.whole().items():
            key, rest = cell[0], used
            for user in shared.get(key, ()):
                part = of_user.get(user, {}).get(cell, _NONE)
                if part.is_used:
                    found[user, *cell] = part
                    rest = (rest - part).without_noise()
            if rest is not used and not _NONE.is_at_most(rest):
                raise MoreThanWhole("the users of a key are more than the key")
            if rest.is_used:
                found[self._user_of(key), *cell] = rest
        return found

    def whole(self) -> dict[Cell, Metrics]:
        """Give what each key used of each model, and what it used beyond them: the sums are those of the day.

        Cells that cannot be read are left out, and so is what a key used beyond its models if one of them is such.
        Raises `ValueError` where the models are more than their key, and where the keys do not add up to the day.
        """
        by_key: dict[str, Metrics] = {}
        for (key, _), used in self._cells.items():
            by_key[key] = by_key.get(key, _NONE) + used
        keys = by_key | self._keys
        if not sum(keys.values(), _NONE).agrees_with(self.total):
            raise ValueError("the keys do not add up to the day")
        found = {cell: used for cell, used in self._cells.items() if cell not in self.bad}
        spoilt = {key for key, _ in self.bad}
        for key, used in keys.items():
            rest = used - by_key.get(key, _NONE)
            if key in spoilt or rest.agrees_with(_NONE):
                continue
            if not _NONE.is_at_most(rest):
                raise ValueError("the models of a key are more than the key")
            found[key, ""] = found.get((key, ""), _NONE) + rest
        return found

    def _user_of(self, key: str) -> str | None:
        """Give the one user of a key: by what was booked; where nothing says that, by the key's owner of today."""
        users = self._users.get(key) or {self._owners.get(key, "")}
        return next(iter(users)) or None if len(users) == 1 else None

    def _add_model(self, model: str, entry: dict[str, Any]) -> None:
        if "api_key_breakdown" not in entry and metrics(entry.get("metrics")).is_used:
            raise TooOld("a model without its keys")
        for key, said in _objects(entry.get("api_key_breakdown")):
            cell = key, model
            try:
                self._cells[cell] = self._cells.get(cell, _NONE) + metrics(said.get("metrics"))
            except ValueError as error:
                self.bad[cell] = str(error)

    def _add_user(self, user: str, entry: dict[str, Any]) -> None:
        about = entry.get("metadata")
        if isinstance(about, dict) and "user_email" in about:
            self._hear_email(user, about["user_email"])
        for key, _ in _objects(entry.get("api_key_breakdown")):
            self._users.setdefault(key, set()).add("" if user in _NOBODY else user)

    def _add_key(self, key: str, entry: dict[str, Any]) -> None:
        self._keys[key] = self._keys.get(key, _NONE) + metrics(entry.get("metrics"))
        about = entry.get("metadata")
        if not isinstance(about, dict):
            return
        if "key_alias" in about:
            alias = about["key_alias"]
            self.aliases[key] = alias if isinstance(alias, str) and alias.strip() else None
        user = about.get("user_id")
        if isinstance(user, str) and user not in _NOBODY:
            self._owners[key] = user
            if "user_email" in about:
                self._hear_email(user, about["user_email"])

    def _hear_email(self, user: str, said: Any) -> None:
        self.emails[user] = address(said) or self.emails.get(user)


def _objects(said: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the entries of an object of objects; what is missing has none. Raises `ValueError`."""
    for name, entry in () if said is None else as_object(said, "breakdown").items():
        yield name, as_object(entry, "breakdown")
