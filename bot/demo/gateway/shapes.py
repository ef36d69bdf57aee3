"""What the proxy makes of rows of its table: sums by day, model, key and user, in its own words."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from bot.demo.gateway import GatewayRow

NOBODY = "Unassigned"

Name = Callable[[GatewayRow], str]


def table(rows: Collection[GatewayRow]) -> list[list[GatewayRow]]:
    """Give the rows as the table keeps them: one for each user, key, provider and model of a day, the newest first."""
    kept: dict[tuple[str, ...], list[GatewayRow]] = {}
    for row in rows:
        key = (row.day.isoformat(), row.user_id or "", row.key_hash, row.provider, row.model)
        kept.setdefault(key, []).append(row)
    by_name = [several for _, several in sorted(kept.items(), key=lambda one: one[0])]
    return sorted(by_name, key=lambda several: several[0].day, reverse=True)


def results(rows: Sequence[GatewayRow]) -> list[dict[str, Any]]:
    """Sum rows up by day, the newest first."""
    days = sorted({row.day for row in rows}, reverse=True)
    return [_result(day.isoformat(), [row for row in rows if row.day == day]) for day in days]


def aggregated(rows: Sequence[GatewayRow], key_limit: int) -> list[dict[str, Any]]:
    """Sum rows up without users; only the keys with the biggest spend are named, and the sums are whole all the same.

    The proxy does so to keep the answer small.
    """
    spend: dict[str, float] = {}
    for row in rows:
        spend[row.key_hash] = spend.get(row.key_hash, 0.0) + float(row.spend)
    named = set(sorted(spend, key=lambda key: (-spend[key], key))[:key_limit])
    found = results(rows)
    for result in found:
        breakdown = result["breakdown"]
        breakdown["entities"] = {}
        breakdown["api_keys"] = _only(breakdown["api_keys"], named)
        for kind in ("models", "model_groups", "providers"):
            for entry in breakdown[kind].values():
                entry["api_key_breakdown"] = _only(entry["api_key_breakdown"], named)
    return found


def totals(rows: Sequence[GatewayRow], **also: Any) -> dict[str, Any]:
    """Give the metadata of an answer: the sums of the rows that it holds, and what is said beside them."""
    whole = _metrics(rows)
    names = {name: name if name.startswith("total_") else f"total_{name}" for name in whole}
    return {**{names[name]: value for name, value in whole.items()}, **also}


def _result(day: str, rows: list[GatewayRow]) -> dict[str, Any]:
    return {
        "date": day,
        "metrics": _metrics(rows),
        "breakdown": {
            "mcp_servers": {},
            "models": _with_keys(rows, lambda row: f"{row.provider}/{row.model}"),
            "model_groups": _with_keys(rows, lambda row: row.model),
            "providers": _with_keys(rows, lambda row: row.provider),
            "endpoints": {},
            "api_keys": _keys(rows),
            "entities": {
                user: entry | {"metadata": _user(user, rows)}
                for user, entry in _with_keys(rows, lambda row: row.user_id or NOBODY).items()
            },
        },
    }


def _with_keys(rows: list[GatewayRow], name_of: Name) -> dict[str, Any]:
    return {
        name: {"metrics": _metrics(some), "metadata": {}, "api_key_breakdown": _keys(some)}
        for name, some in _by(rows, name_of).items()
    }


def _keys(rows: list[GatewayRow]) -> dict[str, Any]:
    return {
        key: {
            "metrics": _metrics(some),
            "metadata": {
                "key_alias": some[-1].key_alias,
                "team_id": None,
                "user_id": some[-1].user_id,
                "user_email": some[-1].email,
                "key_exists": True,
            },
        }
        for key, some in _by(rows, lambda row: row.key_hash).items()
    }


def _user(user: str, rows: list[GatewayRow]) -> dict[str, Any]:
    if user == NOBODY:
        return {}
    return {"user_email": next(row.email for row in rows if row.user_id == user), "user_alias": None}


def _by(rows: list[GatewayRow], name_of: Name) -> dict[str, list[GatewayRow]]:
    found: dict[str, list[GatewayRow]] = {}
    for row in rows:
        found.setdefault(name_of(row), []).append(row)
    return found


def _only(keys: dict[str, Any], named: set[str]) -> dict[str, Any]:
    return {key: said for key, said in keys.items() if key in named}


def _metrics(rows: Sequence[GatewayRow]) -> dict[str, Any]:
    spend = 0.0
    for row in rows:
        spend += float(row.spend)  # as the proxy adds: in binary, noise and all
    sums = {
        "prompt_tokens": sum(row.tokens.prompt_tokens for row in rows),
        "completion_tokens": sum(row.tokens.output_tokens for row in rows),
        "cache_read_input_tokens": sum(row.tokens.cache_read_input_tokens for row in rows),
        "cache_creation_input_tokens": sum(row.tokens.cache_creation_input_tokens for row in rows),
    }
    succeeded, failed = sum(row.succeeded for row in rows), sum(row.failed for row in rows)
    return {
        "spend": spend,
        "flat_cost": 0.0,
        **sums,
        "compression_saved_tokens": 0,
        "compression_savings_spend": 0.0,
        "prompt_caching_savings_spend": 0.0,
        "gateway_injected_caching_savings_spend": 0.0,
        "autorouter_savings_spend": 0.0,
        "total_tokens": sums["prompt_tokens"] + sums["completion_tokens"],
        "successful_requests": succeeded,
        "failed_requests": failed,
        "api_requests": succeeded + failed,
        "total_response_time_ms": 900 * succeeded,
        "timed_requests": succeeded,
    }
