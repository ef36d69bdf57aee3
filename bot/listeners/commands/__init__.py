"""`/ccost`: one row a thing that can be asked. Help, the README and the manifest test are made from these rows."""

import difflib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.access import Act
from bot.errors import UserError
from bot.listeners.ask import Ask
from bot.listeners.commands import (
    alerts,
    audit,
    budget,
    budget_plans,
    budget_request,
    budget_setting,
    connect,
    digest,
    groups,
    held,
    link,
    me,
    people,
    pilot,
    preferences,
    privacy,
    settings,
    share,
    team,
    tips,
    versions,
)
from bot.periods import parse_period
from bot.runtime import Runtime
from bot.views import help as help_view
from bot.views.blocks import Message
from bot.views.help import HelpRow

COMMAND = "/ccost"
_WITH_GROUPS = "team"
"""The verb behind which a group's name may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommand:
    """A verb, or a finer word after a verb."""

    words: tuple[str, ...]
    """One word: a verb. Two: what is finer."""
    takes: str
    """What may stand behind, as help shows it."""
    act: Act
    answer: Callable[[Runtime, Ask], Message]
    """Gets the ask with the words that are left."""
    looks_up: bool = False
    """Slack is asked about the channel first, since it may have invited us, or been archived, a moment ago."""
    is_slow: bool = False
    """Reads months of everybody's days: the answer comes a moment later."""
    slow_words: frozenset[str] = frozenset()
    """Words behind it with which it is slow: then Slack has to be asked."""

    @property
    def form(self) -> str:
        """How it is typed."""
        return " ".join((COMMAND, *self.words, self.takes)).rstrip()

    @property
    def help_key(self) -> str:
        """The key of its sentence in help."""
        return ".".join(("help", *self.words))


SUBCOMMANDS: tuple[Subcommand, ...] = (
    Subcommand(words=("me",), takes="[period]", act=Act.MEMBER_FIGURES, answer=me.summary),
    Subcommand(words=("me", "models"), takes="[period]", act=Act.MEMBER_FIGURES, answer=me.models),
    Subcommand(words=("me", "days"), takes="[period]", act=Act.MEMBER_FIGURES, answer=me.days),
    Subcommand(words=("me", "about"), takes="[period]", act=Act.MEMBER_FIGURES, answer=me.about),
    Subcommand(words=("me", "share"), takes="[period]", act=Act.SHARE, answer=share.me, looks_up=True),
    Subcommand(words=("team",), takes="[group] [period]", act=Act.ORGANIZATION_TOTAL, answer=team.summary),
    Subcommand(words=("team", "models"), takes="[period]", act=Act.ORGANIZATION_TOTAL, answer=team.models),
    Subcommand(words=("team", "days"), takes="[period]", act=Act.ORGANIZATION_TOTAL, answer=team.days),
    Subcommand(words=("team", "about"), takes="[period]", act=Act.ORGANIZATION_TOTAL, answer=team.about, is_slow=True),
    Subcommand(words=("team", "groups"), takes="", act=Act.GROUP_TOTAL, answer=groups.listing),
    Subcommand(words=("team", "people"), takes="[group] [period]", act=Act.HELP, answer=people.people),
    Subcommand(words=("team", "share"), takes="[period]", act=Act.SHARE, answer=share.team, looks_up=True),
    Subcommand(words=("team", "plan"), takes="[N]", act=Act.ORGANIZATION_TOTAL, answer=team.plan),
    Subcommand(words=("budget",), takes="", act=Act.MEMBER_FIGURES, answer=budget.mine),
    Subcommand(
        words=("budget", "set"), takes="me $200 monthly", act=Act.MEMBER_FIGURES, answer=budget_setting.set_limit
    ),
    Subcommand(
        words=("budget", "default"),
        takes="$200 monthly",
        act=Act.MANAGE_BUDGETS,
        answer=budget_setting.default,
        is_slow=True,
    ),
    Subcommand(
        words=("budget", "subscriptions"),
        takes="[on|off]",
        act=Act.MANAGE_BUDGETS,
        answer=budget_plans.subscriptions,
        is_slow=True,
    ),
    Subcommand(words=("budget", "off"), takes="me [monthly]", act=Act.MEMBER_FIGURES, answer=budget_setting.off),
    Subcommand(
        words=("budget", "request"), takes="$300 because …", act=Act.MEMBER_FIGURES, answer=budget_request.request
    ),
    Subcommand(words=("budget", "approve"), takes="N [$250]", act=Act.MANAGE_BUDGETS, answer=budget_request.approve),
    Subcommand(words=("budget", "deny"), takes="N", act=Act.MANAGE_BUDGETS, answer=budget_request.deny),
    Subcommand(words=("budget", "snooze"), takes="day|week", act=Act.OWN_SETTINGS, answer=budget.snooze),
    Subcommand(words=("budget", "planned"), takes="", act=Act.OWN_SETTINGS, answer=budget.planned),
    Subcommand(words=("digest",), takes="", act=Act.DIGEST, answer=digest.digest, looks_up=True),
    Subcommand(
        words=("digest", "here"),
        takes="daily 10:30 [zone]",
        act=Act.DIGEST,
        answer=digest.here,
        looks_up=True,
    ),
    Subcommand(words=("digest", "off"), takes="", act=Act.DIGEST, answer=digest.off),
    Subcommand(words=("digest", "preview"), takes="", act=Act.DIGEST, answer=digest.preview),
    Subcommand(words=("digest", "now"), takes="", act=Act.DIGEST, answer=digest.now, looks_up=True),
    Subcommand(words=("tips",), takes="", act=Act.MEMBER_FIGURES, answer=tips.tips),
    Subcommand(words=("settings",), takes="", act=Act.OWN_SETTINGS, answer=preferences.overview),
    Subcommand(words=("settings", "status"), takes="", act=Act.STATUS, answer=settings.status),
    Subcommand(words=("settings", "alerts"), takes="[on|off]", act=Act.OWN_SETTINGS, answer=alerts.alerts),
    Subcommand(words=("settings", "quiet"), takes="20:00-08:00|off", act=Act.OWN_SETTINGS, answer=alerts.quiet),
    Subcommand(
        words=("settings", "language"), takes="[en|ja|slack]", act=Act.OWN_SETTINGS, answer=preferences.language
    ),
    Subcommand(words=("settings", "tips"), takes="[on|off]", act=Act.OWN_SETTINGS, answer=preferences.tips),
    Subcommand(words=("settings", "privacy"), takes="", act=Act.OWN_SETTINGS, answer=privacy.privacy),
    Subcommand(words=("settings", "connect"), takes="[new|revoke]", act=Act.OWN_SETTINGS, answer=connect.connect),
    Subcommand(words=("settings", "export"), takes="", act=Act.OWN_SETTINGS, answer=privacy.export, is_slow=True),
    Subcommand(
        words=("settings", "groups"),
        takes="[make NAME @people]",
        act=Act.MANAGE_GROUPS,
        answer=groups.groups,
        slow_words=frozenset({"usergroup"}),
    ),
    Subcommand(words=("settings", "people"), takes="[on|off]", act=Act.MANAGE_POLICY, answer=people.switch),
    Subcommand(words=("settings", "pilot"), takes="[GROUP|end]", act=Act.MANAGE_POLICY, answer=pilot.pilot),
    Subcommand(words=("settings", "audit"), takes="", act=Act.AUDIT, answer=audit.audit),
    Subcommand(words=("settings", "versions"), takes="", act=Act.MANAGE_TELEMETRY, answer=versions.versions),
    Subcommand(words=("settings", "link"), takes="[WHO to @person]", act=Act.LINK_PEOPLE, answer=link.link),
    Subcommand(words=("settings", "held"), takes="", act=Act.MANAGE_NOTICES, answer=held.held),
    Subcommand(words=("settings", "release"), takes="KEY", act=Act.MANAGE_NOTICES, answer=held.release),
    Subcommand(words=("settings", "drop"), takes="KEY", act=Act.MANAGE_NOTICES, answer=held.drop),
    Subcommand(words=("help",), takes="[verb]", act=Act.HELP, answer=lambda _, ask: _help(ask)),
)


def answer(rt: Runtime, ask: Ask) -> Message:
    """Answer a question, or raise `UserError` with what to type instead."""
    is_near = len(ask.words) > 1 and ask.words[0].lower() == _WITH_GROUPS
    row, rest = find(ask, groups.names(rt) if is_near else ())
    ask.allow(row.act)
    return row.answer(rt, replace(ask, words=rest))


def row_of(ask: Ask) -> Subcommand | None:
    """Find the row that will answer; None: only an error will."""
    try:
        return find(ask)[0]
    except UserError:
        return None


def find(ask: Ask, group_names: Collection[str] = ()) -> tuple[Subcommand, tuple[str, ...]]:
    """Find the row that the words mean, and the words left for it.

    Nothing typed, or only a period, is `me`. A finer word without its verb, and a word that looks like one of ours, is
    answered with the right form (`UserError`); a group's name may look as it likes.
    """
    words = tuple(word.lower() for word in ask.words)
    if not words or _is_period(words[0], ask):
        return SUBCOMMANDS[0], ask.words
    verbs = {row.words[0]: row for row in reversed(SUBCOMMANDS) if len(row.words) == 1}
    if words[0] not in verbs:
        raise _not_a_verb(ask.words[0], verbs)
    finer = {row.words[1]: row for row in SUBCOMMANDS if row.words[0] == words[0] and len(row.words) > 1}
    if len(words) > 1 and words[1] in finer:
        row = finer[words[1]]
        return replace(row, is_slow=row.is_slow or not row.slow_words.isdisjoint(words[2:])), ask.words[2:]
    if len(words) > 1 and words[1].casefold() not in group_names and (near := _nearest(words[1], finer)):
        raise UserError("error.verb_nearest", word=ask.words[1], form=finer[near].form)
    return verbs[words[0]], ask.words[1:]


def _not_a_verb(word: str, verbs: dict[str, Subcommand]) -> UserError:
    finer = {row.words[1]: row for row in reversed(SUBCOMMANDS) if len(row.words) > 1}
    if word.lower() in finer:
        return UserError("error.finer_without_verb", word=word, form=finer[word.lower()].form)
    if near := _nearest(word.lower(), verbs | finer):
        return UserError("error.verb_nearest", word=word, form=(verbs | finer)[near].form)
    return UserError("error.verb_unknown", word=word, form=f"{COMMAND} help")


def _nearest(word: str, known: dict[str, Subcommand]) -> str | None:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.7)), None)


def _is_period(word: str, ask: Ask) -> bool:
    try:
        parse_period(word, ask.now)
    except UserError as error:
        return error.key != "error.period_unknown"
    return True


def _help(ask: Ask) -> Message:
    """List the verbs that this person may use; with one of them, all its forms."""
    wanted = ask.words[0].lower().removeprefix("/") if ask.words else None
    allowed = [row for row in SUBCOMMANDS if ask.decision(row.act).allowed]
    rows = [HelpRow(row.form, row.help_key) for row in allowed if wanted == row.words[0]]
    if wanted is None:
        rows = [HelpRow(row.form, row.help_key, _finer(row, allowed)) for row in allowed if len(row.words) == 1]
    if not rows:
        raise _not_a_verb(ask.words[0], {row.words[0]: row for row in reversed(allowed)})
    return help_view.overview(rows, ask.text)


def _finer(verb: Subcommand, rows: list[Subcommand]) -> tuple[str, ...]:
    return tuple(row.words[1] for row in rows if row.words[0] == verb.words[0] and len(row.words) > 1)
