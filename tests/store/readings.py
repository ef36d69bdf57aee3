"""Short words for the tests of the store: days, people, keys, and readings made of rows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.people import Person, Standing
from bot.periods import ChargePeriod
from bot.store import members
from bot.usage import (
    Activity,
    ActivityRecord,
    Biller,
    Consumer,
    ConsumerKind,
    CostMetric,
    DayReading,
    Plan,
    Tokens,
    UsageRecord,
)

CLAUDE, LITELLM = "anthropic_claude_code", "litellm"
PRECEDENCE = (CLAUDE, LITELLM)
OPUS, SONNET = "claude-opus-4-8", "claude-sonnet-4-7"
DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
USD = 1_000_000_000
ALL_TIME = ChargePeriod(date(2026, 1, 1), date(2026, 12, 31), "all")
ADA, BORIS, PIPELINE = "ada@example.com", "boris@example.com", "ci-key"


def person(address: str) -> Consumer:
    """A consumer that is an address."""
    return Consumer(ConsumerKind.PERSON, address)


def key(name: str) -> Consumer:
    """A consumer that is an API key."""
    return Consumer(ConsumerKind.API_KEY, name)


def used(
    who: Consumer,
    cost_nanos: int,
    *,
    day: date = DAY,
    model: str = OPUS,
    biller: Biller = Biller.ANTHROPIC,
    plan: Plan = Plan.PAY_PER_TOKEN,
    metric: CostMetric = CostMetric.LIST,
    tokens: int = 10,
) -> UsageRecord:
    """One row of usage."""
    return UsageRecord(
        usage_date=day,
        consumer=who,
        model=model,
        biller=biller,
        plan=plan,
        cost_metric=metric,
        tokens=Tokens(uncached_input_tokens=tokens, output_tokens=1, cache_read_input_tokens=2),
        cost_nanos=cost_nanos,
    )


def did(who: Consumer, *, day: date = DAY, sessions: int = 1, active_seconds: int | None = None) -> ActivityRecord:
    """One row of activity."""
    return ActivityRecord(
        usage_date=day, consumer=who, activity=Activity(sessions=sessions, active_seconds=active_seconds)
    )


def reading(
    *rows: UsageRecord,
    day: date = DAY,
    at: datetime = NOON,
    source: str = CLAUDE,
    complete: bool = True,
    activity: Sequence[ActivityRecord] = (),
    quarantined: int = 0,
) -> DayReading:
    """A reading of a day."""
    return DayReading(
        source=source,
        usage_date=day,
        read_at=at,
        complete=complete,
        records=rows,
        activity=tuple(activity),
        quarantined=quarantined,
    )


def account(
    slack_user_id: str, address: str | None, standing: Standing = Standing.MEMBER, name: str | None = None
) -> Person:
    """A Slack account."""
    return Person(slack_user_id=slack_user_id, display_name=name or slack_user_id, standing=standing, email=address)


def hire(session: Session, *people: Person) -> tuple[int, ...]:
    """Make the workspace consist of these accounts, and give their member ids."""
    members.sync(session, people, NOON)
    found = [members.by_slack_id(session, one.slack_user_id) for one in people]
    return tuple(row.member_id for row in found if row is not None)
