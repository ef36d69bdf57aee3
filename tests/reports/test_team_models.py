from datetime import date

from bot.reports.spend import TeamSummary, team_summary
from bot.reports.team_models import TeamModels, team_models
from bot.usage import Owner, Plan, TeamRow, TeamUsage, Tokens
from tests.usage_rows import DOLLAR, MONTH, settled, spend

SMALL, MIDDLE, LARGE = "claude-haiku-5", "claude-sonnet-5-5", "claude-opus-5-5"


def row(model: str, dollars: int, tokens: int, plan: Plan = Plan.PAY_PER_TOKEN) -> TeamRow:
    used = Tokens(output_tokens=tokens)
    return TeamRow(
        owner=Owner.MEMBER, spend=spend(date(2026, 11, 2), dollars * DOLLAR, model=model, plan=plan, tokens=used)
    )


def split(people: dict[str, int], *rows: TeamRow) -> tuple[TeamModels, TeamSummary]:
    usage = TeamUsage(rows=rows, members_by_model=people)
    report = team_summary(usage, TeamUsage(), MONTH, settled())
    return team_models(usage, report), report


ROWS = (row(LARGE, 70, 700), row(MIDDLE, 20, 200), row(SMALL, 10, 100))


def test_models_that_many_used_have_their_amount_and_their_tokens() -> None:
    found, _ = split({LARGE: 5, MIDDLE: 5, SMALL: 5}, *ROWS)
    assert [(one.model, one.cost_nanos // DOLLAR, one.tokens.output_tokens) for one in found.shown] == [
        (LARGE, 70, 700),
        (MIDDLE, 20, 200),
        (SMALL, 10, 100),
    ]
    assert found.has_token_total


def test_a_model_of_four_people_is_one_sum_with_the_smallest_of_many_and_hides_the_total_of_tokens() -> None:
    found, report = split({LARGE: 5, MIDDLE: 5, SMALL: 4}, *ROWS)
    assert [one.model for one in found.shown] == [LARGE]
    assert (found.other_models, found.other_nanos) == (2, 30 * DOLLAR)
    assert not found.has_token_total
    assert sum(one.cost_nanos for one in found.shown) + found.other_nanos == report.cost_nanos


def test_tokens_of_a_subscription_are_in_no_row() -> None:
    people = {LARGE: 5, MIDDLE: 5, SMALL: 5}
    found, _ = split(people, *ROWS, row(LARGE, 9, 9_999, Plan.SUBSCRIPTION))
    assert [one.tokens.output_tokens for one in found.shown] == [700, 200, 100]
    assert [one.subscription_nanos for one in found.shown] == [0, 0, 0]
