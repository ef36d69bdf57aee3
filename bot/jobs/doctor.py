"""`ccost doctor`: look at everything that must be right, and say what to mend. Sends one GET to each outside API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, runtime_checkable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.config import Settings
from bot.errors import BotError, SourceAbsent, SourceError
from bot.sources import SOURCES, EmptyInbox, Source, anthropic_analytics, anthropic_claude_code, remedy
from bot.store import audit, digests, notices, runs, tokens
from bot.store.engine import Store, open_store
from bot.store.migrations import is_current
from bot.workspace import SCOPES, granted_scopes

State = Literal["good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    state: State
    says: str


@runtime_checkable
class KnowsItsKey(Protocol):
    """A reader that can say whether its key may do more than it needs."""

    def is_too_powerful(self) -> bool:
        """Say so. Raises `SourceError`."""


def examine(settings: Settings, sources: Sequence[Source] = SOURCES) -> list[Check]:
    """Look at settings, database, Slack and sources; never raises for what it finds."""
    checks = [_settings(settings)]
    checks += _database(settings)
    checks += _slack(settings)
    checks += _sources(settings, sources)
    return checks


def _settings(settings: Settings) -> Check:
    if not settings.admins:
        return Check("settings", "warn", "CCOST_ADMINS is empty: nobody can use /ccost settings link.")
    return Check("settings", "good", f"{len(settings.admins)} admins, time zone {settings.ccost_timezone}.")


def _database(settings: Settings) -> list[Check]:
    try:
        store = open_store(settings.database_url)
        try:
            return [
                _schema(store),
                *_last_readings(store),
                *_messages(store),
                *_audit(store),
                *_telemetry(store, settings, datetime.now(UTC)),
            ]
        finally:
            store.close()
    except BotError as error:
        return [Check("database", "bad", str(error))]


def _schema(store: Store) -> Check:
    kind = store.engine.dialect.name
    if is_current(store):
        return Check("database", "good", f"{kind}, schema is current.")
    return Check("database", "bad", f"{kind}, schema is not current. Run: ccost migrate")


def _last_readings(store: Store) -> list[Check]:
    if not is_current(store):
        return []
    with store.sessions() as session:
        statuses = runs.statuses(session)
    return [_last_reading(source, status) for source, status in statuses.items()]


def _last_reading(source: str, status: runs.Status) -> Check:
    if not status.failing:
        return Check("reading", "good", f"{source}: last read {status.last_success_at:%Y-%m-%d %H:%M} UTC.")
    if status.last_error_kind == SourceAbsent.__name__:
        return Check("reading", "good", f"{source}: not to be had here ({status.last_error}).")
    return Check("reading", "bad", f"{source}: {status.last_error_kind}: {status.last_error}.")


def _messages(store: Store) -> list[Check]:
    """Say what waits for a person: messages in doubt, and channels that take no digest."""
    if not is_current(store):
        return []
    with store.sessions() as session:
        held = len(notices.held(session))
        parked = [one for one in digests.all_schedules(session) if one.parked]
    checks = [Check("messages", "warn", f"{held} held: ccost notices --held lists them.")] if held else []
    checks += [
        Check("messages", "warn", f"the digest of {one.channel_id} is parked ({one.parked}): mend it, or set it anew.")
        for one in parked
    ]
    return checks or [Check("messages", "good", "none is held, no digest is parked.")]


def _audit(store: Store) -> list[Check]:
    """Say whether somebody has changed what was noted of who did what."""
    if not is_current(store):
        return []
    with store.sessions() as session:
        whole = audit.verify(session)
    if whole:
        return [Check("audit", "good", "the audit log is whole.")]
    return [Check("audit", "bad", "the audit log was changed from outside. Compare it with a backup.")]


def _telemetry(store: Store, settings: Settings, now: datetime) -> list[Check]:
    """Say whether machines that have a token can find us; nothing where nobody has one."""
    if not is_current(store):
        return []
    with store.sessions() as session:
        live = sum(token.is_live(now) for token in tokens.listed(session))
    if settings.ccost_public_url:
        where = f"{settings.ccost_public_url}, {live} ingest tokens open it."
        return [Check("telemetry", "good", where)] if live else []
    if live:
        why = f"{live} ingest tokens are out, and CCOST_PUBLIC_URL does not say where machines find ccost."
        return [Check("telemetry", "warn", why)]
    return []


def _slack(settings: Settings) -> list[Check]:
    if not settings.slack_bot_token:
        return [Check("slack", "bad", "SLACK_BOT_TOKEN is not set.")]
    if not settings.slack_app_token and not settings.slack_signing_secret:
        return [Check("slack", "bad", "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set.")]
    client = WebClient(
        settings.slack_bot_token.get_secret_value(), settings.slack_api_url, timeout=10, retry_handlers=[]
    )
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        return [Check("slack", "bad", f"SLACK_BOT_TOKEN: Slack says {error.response.get('error')}.")]
    except (SlackClientError, OSError) as error:
        return [Check("slack", "bad", f"SLACK_API_URL: Slack cannot be reached ({type(error).__name__}).")]
    scopes = granted_scopes(answer)
    lacking = [f"{scope} ({why})" for scope, why in SCOPES.items() if scope not in scopes]
    if lacking:
        return [Check("slack", "bad", f"Missing scopes: {'; '.join(lacking)}. Add them and reinstall the app.")]
    mode = "Socket Mode" if settings.slack_app_token else "HTTP"
    return [Check("slack", "good", f"workspace {answer['team_id']}, {mode}, all {len(SCOPES)} scopes.")]


def _sources(settings: Settings, sources: Sequence[Source]) -> list[Check]:
    enabled = [source for source in sources if source.enabled(settings) and not source.is_told]
    if not enabled:
        if settings.ccost_public_url:
            return [Check("source", "warn", "No usage API is set: only what telemetry tells is known.")]
        return [Check("source", "bad", "No usage source is set. Set ANTHROPIC_ADMIN_KEY.")]
    answers = {source.name: _ask(source, settings) for source in enabled}
    good = {source.account for source in enabled if isinstance(answers[source.name], list)}
    checks = []
    for source in enabled:
        answer = answers[source.name]
        if isinstance(answer, list):
            checks += answer
        elif isinstance(answer, SourceAbsent) and source.account in good:
            checks.append(
                Check("source", "good", f"{source.name}: not to be had here ({answer.why}). Others stand in.")
            )
        else:
            checks.append(Check("source", "bad", f"{answer}. {remedy(source, answer)}"))
    return checks + _needless_key(settings, answers)


def _ask(source: Source, settings: Settings) -> list[Check] | SourceError:
    """Prove the key, and look whether it may do more than is needed."""
    reader = source.open(settings, EmptyInbox())
    try:
        checks = [Check("source", "good", f"{source.name}: answers for {reader.check()}.")]
        return checks + (_power(source, reader) if isinstance(reader, KnowsItsKey) else [])
    except SourceError as error:
        return error
    finally:
        reader.close()


def _power(source: Source, reader: KnowsItsKey) -> list[Check]:
    """Look whether the key may do more than is needed. A source that answers is well, whether it says so or not."""
    try:
        if not reader.is_too_powerful():
            return []
        why = f"{source.key_setting} may do more than ccost needs. The README says which key is enough."
    except SourceError as error:
        why = f"{source.name} does not say whether {source.key_setting} may do more than ccost needs ({error.why})."
    return [Check("source", "warn", why)]


def _needless_key(settings: Settings, answers: Mapping[str, list[Check] | SourceError]) -> list[Check]:
    """Say when the weaker key would do: the stronger one opens nothing that it does not."""
    weaker, stronger = answers.get(anthropic_analytics.NAME), answers.get(anthropic_claude_code.NAME)
    if not (isinstance(weaker, list) and isinstance(stronger, SourceAbsent)):
        return []
    if settings.anthropic_analytics_key:
        return [Check("source", "warn", "ANTHROPIC_ADMIN_KEY opens nothing that ANTHROPIC_ANALYTICS_KEY does not.")]
    why = (
        "ANTHROPIC_ADMIN_KEY can change your organization. The weaker ANTHROPIC_ANALYTICS_KEY would do: see the README."
    )
    return [Check("source", "warn", why)]
