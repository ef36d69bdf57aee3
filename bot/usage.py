"""The shapes of usage that every room speaks: what a source returns, what the store gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class CostMetric(StrEnum):
    """What an amount is, by its FOCUS column name. Amounts of different metrics are never added silently."""

    LIST = "ListCost"
    """An estimate at list price: Claude Code Analytics, OpenTelemetry."""
    EFFECTIVE = "EffectiveCost"
    """After discounts, before credits: the cost analytics API."""
    BILLED = "BilledCost"
    """What an invoice says."""


class Biller(StrEnum):
    """By which way usage was paid."""

    ANTHROPIC = "anthropic"
    BEDROCK = "bedrock"
    VERTEX = "vertex"
    FOUNDRY = "foundry"
    GATEWAY = "gateway"


class Plan(StrEnum):
    """Whether an amount is owed (pay per token) or an API-equivalent value (a subscription), which no budget counts."""

    PAY_PER_TOKEN = "pay_per_token"  # noqa: S105 - a plan, not a password
    SUBSCRIPTION = "subscription"


class ConsumerKind(StrEnum):
    """What a source's own id of a user stands for."""

    PERSON = "person"
    API_KEY = "api_key"
    OTHER = "other"
    TOKEN = "token"  # noqa: S105 - a kind, not a password
    """A person, as their ingest token says: nothing in what was sent could name somebody else."""
    SELF_DECLARED = "self_declared"
    """A person, as the sender says: a team's token vouches for the team, not for the name."""


@dataclass(frozen=True, slots=True, order=True)
class Consumer:
    """Who used it, in the source's own words; the store maps it to a member or a machine."""

    kind: ConsumerKind
    external_id: str
    """A case-folded e-mail address, an API key's name, a Slack user id (`TOKEN`), or an unknown kind's own id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Token counts. Nothing is counted twice: the four parts add up to all tokens."""

    uncached_input_tokens: int = 0
    """Excludes cache reads and writes; LiteLLM's prompt_tokens include them."""
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(
            uncached_input_tokens=self.uncached_input_tokens + other.uncached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_input_tokens=self.cache_read_input_tokens + other.cache_read_input_tokens,
            cache_creation_input_tokens=self.cache_creation_input_tokens + other.cache_creation_input_tokens,
        )

    @property
    def prompt_tokens(self) -> int:
        """All that was sent to the model, however it was priced."""
        return self.uncached_input_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """What one consumer spent on one model on one UTC day, as one source tells it."""

    usage_date: date
    """UTC day: FOCUS ChargePeriodStart is its midnight, ChargePeriodEnd the next one."""
    consumer: Consumer
    model: str
    biller: Biller
    plan: Plan
    cost_metric: CostMetric
    tokens: Tokens
    cost_nanos: int
    list_cost_nanos: int | None = None
    """The same use at list price (FOCUS ListCost), where the source says both; in no sum with `cost_nanos`."""
    unpriced_tokens: int = 0
    """Tokens for which the source knew no price: they are in `tokens`, and nothing of them is in `cost_nanos`."""
    provider: str = ""
    """Who ran the model, where that is another one than the biller tells: `bedrock` behind a gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What came of it. `None` is "the source cannot tell", never zero."""

    sessions: int = 0
    lines_added: int = 0
    lines_removed: int = 0
    commits: int = 0
    pull_requests: int = 0
    edits_accepted: int = 0
    edits_rejected: int = 0
    active_seconds: int | None = None
    """Time a person worked with it; Claude Code Analytics does not say."""
    api_seconds: int | None = None
    """Time the model took to answer; Claude Code Analytics does not say."""
    compactions: int | None = None
    api_errors: int | None = None
    """Requests that failed for good; only telemetry tells, as with `compactions`."""

    def __add__(self, other: "Activity") -> "Activity":
        return Activity(
            sessions=self.sessions + other.sessions,
            lines_added=self.lines_added + other.lines_added,
            lines_removed=self.lines_removed + other.lines_removed,
            commits=self.commits + other.commits,
            pull_requests=self.pull_requests + other.pull_requests,
            edits_accepted=self.edits_accepted + other.edits_accepted,
            edits_rejected=self.edits_rejected + other.edits_rejected,
            active_seconds=_sum_known(self.active_seconds, other.active_seconds),
            api_seconds=_sum_known(self.api_seconds, other.api_seconds),
            compactions=_sum_known(self.compactions, other.compactions),
            api_errors=_sum_known(self.api_errors, other.api_errors),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRecord:
    """One consumer's activity on one UTC day."""

    usage_date: date
    consumer: Consumer
    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReading:
    """One whole UTC day as a source answered it: all pages read, rows of one key added up.

    A source never returns half a day; it raises instead.
    """

    source: str
    usage_date: date
    read_at: datetime
    """When the reading began (aware, UTC): the `as of` of every figure made from it."""
    complete: bool
    """The source says nothing more of this day is to come; corrections still may."""
    records: tuple[UsageRecord, ...]
    activity: tuple[ActivityRecord, ...]
    quarantined: int = 0
    """Rows that could not be understood. They are left out, counted, and said beside the sum."""
    through: datetime | None = None
    """Until when the source itself had data (its watermark), if it says so: then the figures are no newer than that."""
    gives_way: bool = False
    """The source is behind, and says only a part of this day: another source that saw the same use counts instead."""


class DayState(StrEnum):
    """How far a stored day can be trusted."""

    OPEN = "open"
    """The day was not over for the source when it was read: more is to come."""
    SETTLING = "settling"
    """Over, but young enough to be read again at each poll: it may still be corrected."""
    SETTLED = "settled"
    HELD = "held"
    """A later reading lost money; what was stored before is shown until two equal readings an hour apart agree."""
    MISSING = "missing"
    """Never read. Not zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStanding:
    """What the store knows about one (source, day)."""

    source: str
    usage_date: date
    state: DayState
    as_of: datetime | None
    quarantined: int = 0
    revision: int = 0
    """How many different readings the day has had."""
    gives_way: bool = False
    """See `DayReading`."""
    account: str = ""
    """Whose use the source tells of; empty: it is the only one that does. See `overlap.Terms`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRow:
    """Counted spend of one day, model, plan and metric: the grain in which the store answers a report."""

    usage_date: date
    model: str
    plan: Plan
    cost_metric: CostMetric
    tokens: Tokens
    cost_nanos: int
    list_cost_nanos: int | None = None
    """At list price; None where a source did not say it of every row."""
    unpriced_tokens: int = 0
    """Tokens without a price: in `tokens`, and nothing of them in `cost_nanos`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What one source has told of the figures of a period."""

    source: str
    counted_rows: int
    shadow_rows: int
    """Rows of use that another source tells too, and that one counts."""
    days: int
    """UTC days with such rows."""
    revision: int
    """How many different readings the day has had that changed most often."""
    as_of: datetime
    """When the newest of these readings began."""


class Owner(StrEnum):
    """To whom a consumer's rows belong. The parts add up to the total."""

    MEMBER = "member"
    MACHINE = "machine"
    UNATTRIBUTED = "unattributed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """Counted spend of one day, model, plan and metric, by kind of owner."""

    owner: Owner
    spend: SpendRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSpend:
    """A machine's spend in a period. The owner is a person to ask, not the one who spent it."""

    name: str
    owner_name: str
    cost_nanos: int
    plan: Plan
    cost_metric: CostMetric


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUsage:
    """All the store knows about one member in a period."""

    rows: tuple[SpendRow, ...] = ()
    activity_by_day: dict[date, Activity] = field(default_factory=dict)
    """Days on which a source saw the member, with what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamUsage:
    """All the store knows about the organization in a period."""

    rows: tuple[TeamRow, ...] = ()
    active_members: int = 0
    """Different members who had, in the period, counted use of their own that is paid by the token."""
    members_by_model: Mapping[str, int] = field(default_factory=dict)
    """Different members with counted pay-per-token use of each model: a cell of a few people is nobody's to see."""
    active_member_days: int = 0
    """Pairs of member and day with such use: the denominator of "per active day"."""
    machines: tuple[MachineSpend, ...] = ()


def _sum_known(one: int | None, other: int | None) -> int | None:
    """Add what is known; two unknowns stay unknown."""
    if one is None:
        return other
    return one if other is None else one + other
