"""What the organization spent by model, in amounts and tokens that tell of nobody."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.reports.parts import ModelSpend
from bot.reports.spend import TeamSummary, shown_team
from bot.usage import Plan, TeamUsage, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamModels:
    """The models that many used, to the cent; the others are one sum. Everything is paid per token."""

    shown: tuple[ModelSpend, ...]
    other_models: int
    """How many are left out because few people used them."""
    other_nanos: int
    has_token_total: bool
    """False where models are left out: their tokens could be worked out from the total's."""


def team_models(usage: TeamUsage, report: TeamSummary) -> TeamModels:
    """Split by model; `report` is made of the same `usage`.

    Tokens of a subscription are not counted: beside an amount they would tell of the few who have one.
    """
    shown, tokens = shown_team(report), _paid_tokens(usage)
    return TeamModels(
        shown=tuple(replace(one, tokens=tokens.get(one.model, Tokens())) for one in shown.by_model),
        other_models=shown.other_models,
        other_nanos=shown.other_models_nanos,
        has_token_total=not shown.other_models,
    )


def _paid_tokens(usage: TeamUsage) -> Mapping[str, Tokens]:
    tokens: dict[str, Tokens] = defaultdict(Tokens)
    for row in usage.rows:
        if row.spend.plan is Plan.PAY_PER_TOKEN:
            tokens[row.spend.model] += row.spend.tokens
    return tokens
