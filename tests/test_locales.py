"""Every sentence that people can see stands in `locales/`, in every language, and every one of them is used."""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from bot.access import Act, Place, Viewer, decide
from bot.group import Policy
from bot.listeners.commands import SUBCOMMANDS
from bot.people import Standing
from bot.reports.status import Trouble
from bot.reports.tips import TIPS
from bot.sources import SOURCES
from bot.text import REFERENCE, Sentence, languages, load_texts
from bot.usage import ConsumerKind, CostMetric, DayState

BOT = Path(__file__).parent.parent / "bot"
TEXTS = load_texts().by_language
EN = TEXTS[REFERENCE].sentences
KEY = re.compile(r"[a-z_]+(\.[A-Za-z0-9_]+)*")
WORDS = re.compile(r"[A-Za-z]{2,}[,:;]? +[A-Za-z]{2,}|[\u3040-\u30ff\u4e00-\u9fff]")
CHANGES = ("me.before", "team.trend", "group.trend", "digest.usual", "share.change")
"""Prefixes of sentences in four forms: more, less, the same, nothing to compare with."""
SHOWING_ROOMS = ("views", "listeners", "reports", "jobs")
SILENT = re.compile(r"logg|Source[A-Z]\w+$")
"""Logs, and errors of a source: technical words that a sentence quotes as they are."""
ON_A_TERMINAL = {"jobs/doctor.py"}
"""What an operator reads beside the settings' names, which are English too."""


def forms(sentence: Sentence) -> list[str]:
    """A sentence in all its forms; a list of words counts as one form each."""
    if isinstance(sentence, str):
        return [sentence]
    return list(sentence.values()) if isinstance(sentence, dict) else list(sentence)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def trees(*rooms: str) -> Iterator[tuple[Path, ast.Module]]:
    folders = [BOT / room for room in rooms] if rooms else [BOT]
    for path in sorted(chain.from_iterable(folder.rglob("*.py") for folder in folders)):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def literals() -> set[str]:
    """Every string in the code; an f-string that begins like a key counts as all the keys that it can become."""
    found: set[str] = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                shape = "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[A-Za-z0-9_]+"
                    for part in node.values
                )
                found |= {key for key in EN if re.fullmatch(shape, key)}
    return found


def asked_for() -> set[str]:
    """Keys that the code names outright: the first argument of `t`, of `said` and of `UserError`."""
    found: set[str] = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in ("t", "text", "said", "UserError", "change_line") and isinstance(node.args[0].value, str):
                    found.add(node.args[0].value)
    return {key for key in found if KEY.fullmatch(key)} - set(CHANGES)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_sentences(language: str) -> None:
    assert set(TEXTS[language].sentences) == set(EN)


@pytest.mark.parametrize("language", languages())
def test_every_language_fills_the_same_places(language: str) -> None:
    differing = {
        key: form
        for key, sentence in TEXTS[language].sentences.items()
        if not key.startswith("format.")
        for form in forms(sentence)
        if places(form) != places(forms(EN[key])[-1])
    }
    assert differing == {}


@pytest.mark.parametrize("language", languages())
def test_forms_and_lists_are_of_the_right_kind(language: str) -> None:
    sentences = TEXTS[language].sentences
    for key, sentence in sentences.items():
        if isinstance(sentence, dict):
            assert "other" in sentence, key
            assert "n" in places(sentence["other"]), key
    assert len(sentences["format.months"]) == 12
    assert len(sentences["format.weekdays"]) == 7
    assert [type(sentences[f"format.{name}"]) for name in ("months", "weekdays", "large_names", "large_sizes")] == [
        list
    ] * 4


@pytest.mark.parametrize("language", languages())
def test_marks_come_in_pairs_and_nothing_begins_a_mention(language: str) -> None:
    for key, sentence in TEXTS[language].sentences.items():
        for form in forms(sentence):
            outside = re.sub(r"`[^`\n]+`", "", form)
            assert "`" not in outside, key
            assert "<" not in outside or key == "error.link_machine_name", key
            assert outside.replace("*, _", "").replace("* _", "").count("*") % 2 == 0, key


def test_no_sentence_is_missing() -> None:
    names = [
        *(f"{tip.key}.{part}" for tip in TIPS for part in ("title", "line", "evidence", "how", "caveat")),
        *(row.help_key for row in SUBCOMMANDS),
        *(f"source.{source.name}" for source in SOURCES),
        *(f"metric.{metric}" for metric in CostMetric),
        *(f"footer.metric.{metric}" for metric in CostMetric),
        *(f"state.{state}" for state in DayState),
        *(f"link.kind.{kind}" for kind in ConsumerKind),
        *(f"settings.trouble.{trouble}" for trouble in Trouble),
        *(f"chart.{unit}" for unit in ("day", "week", "month")),
        *(f"{prefix}.{word}" for prefix in CHANGES for word in ("more", "less", "same", "none")),
    ]
    assert (set(names) | asked_for()) - set(EN) == set()


def test_every_reason_to_refuse_has_its_sentence() -> None:
    viewers = [
        Viewer(slack_user_id="U1", standing=standing, member_id=member_id, leads=frozenset(leads))
        for standing in (None, *Standing)
        for member_id in (None, 1)
        for leads in ([], [2])
    ]
    decisions = [
        decide(viewer, act, place, target_member_id=target, policy=policy)
        for viewer in viewers
        for act in Act
        for place in Place
        for target in (None, 1, 2)
        for policy in (Policy(), Policy(people_enabled=True), Policy(people_enabled=True, pilot_group_id=1))
    ]
    assert {decision.reason for decision in decisions if not decision.allowed} <= set(EN)


def test_no_sentence_is_unused() -> None:
    used = literals() | {row.help_key for row in SUBCOMMANDS}
    used |= {f"{tip.key}.{part}" for tip in TIPS for part in ("title", "line", "evidence", "how", "caveat")}
    used |= {f"{prefix}.{word}" for prefix in CHANGES for word in ("more", "less", "same", "none")}
    assert set(EN) - used == set()


@pytest.mark.parametrize("language", [name for name in languages() if name != REFERENCE])
def test_no_english_sentence_was_left_in_another_language(language: str) -> None:
    """Commands, names of products and code may stay; three English words in a row may not."""
    left = {}
    for key, sentence in TEXTS[language].sentences.items():
        for form in forms(sentence):
            spoken = re.sub(r"`[^`]*`|\{[^}]*\}", "", form)
            for product in ("Claude Code Analytics", "Google Vertex AI"):
                spoken = spoken.replace(product, "")
            same = form == forms(EN[key])[-1] and re.search(r"[a-z]{4,} [a-z]{2,}", spoken)
            if same or re.search(r"[A-Za-z']+ +[A-Za-z']+ +[A-Za-z']+", spoken):
                left[key] = form
    assert left == {}


def test_japanese_sentences_are_japanese_and_keep_their_dollars() -> None:
    for key, sentence in TEXTS["ja"].sentences.items():
        for form in forms(sentence):
            assert "円" not in form, key
            spoken = re.sub(r"`[^`]*`|\{[^}]*\}", "", form)
            if re.search(r"[a-z]{3,} [a-z]{3,}", spoken):
                assert re.search(r"[\u3040-\u30ff]", spoken) or key.startswith("source."), key


def _shown_to_nobody(tree: ast.Module) -> set[int]:
    """Docstrings, annotations, logs, and the words of errors that only a developer reads."""
    silent: list[ast.AST | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.append(node)
        elif isinstance(node, ast.AnnAssign | ast.arg):
            silent.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            silent.append(node.returns)
        elif isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and SILENT.match(ast.unparse(node.func))):
            silent.append(node)
    return {id(inner) for node in silent if node for inner in ast.walk(node) if isinstance(inner, ast.Constant)}


def test_no_sentence_that_people_see_stands_in_the_code() -> None:
    typed = {" ".join(row.words) for row in SUBCOMMANDS}
    found = []
    for path, tree in trees(*SHOWING_ROOMS):
        if str(path.relative_to(BOT)) in ON_A_TERMINAL:
            continue
        hidden = _shown_to_nobody(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in hidden:
                continue
            # A form of the command is what one types, in every language.
            is_form = node.value.startswith(("/ccost ", "[")) or node.value.strip() in typed
            if WORDS.search(node.value) and not is_form:
                found.append(f"{path.relative_to(BOT)}:{node.lineno} {node.value!r}")
    assert found == []
