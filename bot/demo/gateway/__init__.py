"""The twin of a LiteLLM proxy, as version 1.106 answers: what users and keys of it used, by UTC day.

`server.gateway_app` serves plain rows, wherever they come from.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.usage import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRow:
    """A row of the proxy's daily table: what one user spent by one key on one model of one provider on a UTC day."""

    day: date
    user_id: str | None
    """None: the key has no owner."""
    email: str | None
    key_hash: str
    key_alias: str | None
    provider: str
    """As it stands before the model: `anthropic`, `bedrock`, `vertex_ai`."""
    model: str
    tokens: Tokens
    spend: Decimal
    """US dollars; 0 where the proxy knows no price."""
    succeeded: int = 1
    failed: int = 0
    """Requests, however they were counted: only that there were some is read."""
