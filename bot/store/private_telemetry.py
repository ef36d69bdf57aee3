"""What telemetry has brought about somebody, for their own export: versions, sums, and tokens without what opens."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, exists, or_, select

from bot.store.tables import (
    TOKENS,
    CliVersion,
    Consumer,
    ConsumerLink,
    InboxFeature,
    InboxRefusal,
    InboxUse,
    IngestToken,
    Source,
    core,
)
from bot.store.tokens import SOURCE
from bot.usage import ConsumerKind

_LINK, _CONSUMER, _SOURCE, _TOKEN = core(ConsumerLink), core(Consumer), core(Source), core(IngestToken)
_VERSION, _USE, _FEATURE, _REFUSAL = core(CliVersion), core(InboxUse), core(InboxFeature), core(InboxRefusal)
_ME: BindParameter[int] = bindparam("member_id")
_ACCOUNT: BindParameter[str] = bindparam("slack_user_id")


def _mine(rows: Any, day: Any) -> ColumnElement[bool]:
    """Tell the rows that are a member's on their day, as for what is added up of them."""
    return exists(
        select(_LINK.c.id)
        .select_from(
            _LINK.join(_CONSUMER, _CONSUMER.c.id == _LINK.c.consumer_id).join(
                _SOURCE, _SOURCE.c.id == _CONSUMER.c.source_id
            )
        )
        .where(
            _SOURCE.c.name == SOURCE,
            _CONSUMER.c.kind == rows.c.kind,
            _CONSUMER.c.external_id == rows.c.external_id,
            _LINK.c.member_id == _ME,
            _LINK.c.valid_from <= day,
            day < _LINK.c.valid_to,
        )
    )


_MY_TOKEN = and_(_VERSION.c.kind == ConsumerKind.TOKEN, _VERSION.c.external_id == _ACCOUNT)

SECTIONS: Mapping[str, Select[Any]] = {
    "tokens": select(
        _TOKEN.c.public_id,
        _TOKEN.c.label,
        _TOKEN.c.biller,
        _TOKEN.c.plan,
        _TOKEN.c.created_by,
        _TOKEN.c.created_at,
        _TOKEN.c.expires_at,
        _TOKEN.c.revoked_at,
        _TOKEN.c.first_used_at,
        _TOKEN.c.last_used_at,
    )
    .where(_TOKEN.c.member_id == _ME)
    .order_by(_TOKEN.c.id),
    "tokens_refused": select(_REFUSAL.c.usage_date, _REFUSAL.c.reason, _REFUSAL.c.times, _REFUSAL.c.last_at)
    .select_from(_REFUSAL.join(_TOKEN, _TOKEN.c.public_id == _REFUSAL.c.about))
    .where(_TOKEN.c.member_id == _ME)
    .order_by(_REFUSAL.c.usage_date, _REFUSAL.c.reason),
    "versions": select(_VERSION.c.version, _VERSION.c.last_seen_date)
    .where(or_(_MY_TOKEN, _mine(_VERSION, _VERSION.c.last_seen_date)))
    .order_by(_VERSION.c.last_seen_date, _VERSION.c.version),
    "telemetry_use": select(
        _USE.c.usage_date,
        _USE.c.external_id.label("usage_id"),
        _USE.c.session,
        _USE.c.signal,
        _USE.c.model,
        _USE.c.provider,
        _USE.c.biller,
        _USE.c.plan,
        *(_USE.c[name] for name in (*TOKENS, "unpriced_tokens", "cost_nanos", "requests", "api_milliseconds")),
    )
    .where(_mine(_USE, _USE.c.usage_date))
    .order_by(_USE.c.usage_date, _USE.c.session, _USE.c.model),
    "telemetry_counts": select(
        _FEATURE.c.usage_date,
        _FEATURE.c.external_id.label("usage_id"),
        _FEATURE.c.session,
        _FEATURE.c.name,
        _FEATURE.c.amount,
    )
    .where(_mine(_FEATURE, _FEATURE.c.usage_date))
    .order_by(_FEATURE.c.usage_date, _FEATURE.c.session, _FEATURE.c.name),
}
"""By name; each takes `member_id` and `slack_user_id`. Of a token neither its text nor its hash is read."""
