"""`/ccost tips`: how to get the same work for less."""

from bot.reports.tips import TIPS, Advice, Finding
from bot.text import Text
from bot.views.blocks import Message, actions, button, escape, header, prose, quote, section
from bot.views.limits import Block


def tips(advice: Advice, t: Text) -> Message:
    """Show what fits the person's own figures; general advice where nothing does."""
    if not advice.findings:
        return _general(advice, t)
    titles = t.join([t(f"{finding.tip.key}.title") for finding in advice.findings])
    return Message(
        escape(t("tips.text", titles=titles)),
        [
            header(t("tips.title")),
            section(t("tips.intro")),
            *(prose(_found(finding, t)) for finding in advice.findings),
            _switch(t),
        ],
    )


def tip_values(finding: Finding, t: Text) -> dict[str, str]:
    """Give the figures of a tip as its sentences show them."""
    values = finding.evidence.values
    return {name: quote(value) if isinstance(value, str) else t.about(value) for name, value in values.items()}


def _switch(t: Text) -> Block:
    return actions([button(t("tips.button"), "settings.tips", "settings tips")])


def _found(finding: Finding, t: Text) -> str:
    key = finding.tip.key
    return t(
        "tips.finding",
        title=t(f"{key}.title"),
        evidence=t(f"{key}.evidence", **tip_values(finding, t)),
        how=t(f"{key}.how"),
        caveat=t(f"{key}.caveat"),
    )


def _general(advice: Advice, t: Text) -> Message:
    keys = [tip.key for tip in TIPS if tip.general]
    why = t("tips.nothing") if advice.has_data else t("tips.few_days", n=advice.active_days)
    return Message(
        escape(t("tips.general_text", titles=t.join([t(f"{key}.title") for key in keys]))),
        [
            header(t("tips.general_title")),
            section(why),
            *(
                prose(t("tips.general", title=t(f"{key}.title"), how=t(f"{key}.how"), caveat=t(f"{key}.caveat")))
                for key in keys
            ),
            _switch(t),
        ],
    )
