from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.text import Text, languages, load_texts

EN = load_texts().by_language["en"]
JA = load_texts().by_language["ja"]


def test_a_person_gets_the_language_of_their_slack_locale_and_others_the_default() -> None:
    texts = load_texts("ja")
    assert texts.of("en-GB").language == "en"
    assert texts.of("ja-JP").language == "ja"
    assert texts.of("fr-FR").language == "ja"
    assert texts.of(None).language == "ja"


def test_the_reference_language_comes_first() -> None:
    assert languages() == ("en", "ja")


@pytest.mark.parametrize(("n", "shown"), [(0, "0 cats"), (1, "1 cat"), (2, "2 cats"), (1_234, "1,234 cats")])
def test_one_and_many_are_different_sentences_where_the_language_says_so(n: int, shown: str) -> None:
    assert Text("en", {"cats": {"one": "{n} cat", "other": "{n} cats"}})("cats", n=n) == shown
    assert Text("ja", {"cats": {"other": "{n} cats"}})("cats", n=1) == "1 cats"


def test_a_missing_sentence_or_place_is_an_error_and_never_an_empty_answer() -> None:
    text = Text("en", {"hello": "Hello {name}", "list": ["a"]})
    with pytest.raises(KeyError):
        text("goodbye")
    with pytest.raises(KeyError):
        text("hello")
    with pytest.raises(TypeError):
        text("list")
    assert text.has("hello")
    assert not text.has("goodbye")


def test_braces_in_what_somebody_typed_are_shown_and_not_filled() -> None:
    assert Text("en", {"hello": "Hello {name}"})("hello", name="{n.__class__}") == "Hello {n.__class__}"


@pytest.mark.parametrize(
    ("value", "english", "japanese"),
    [
        (9_999, "9,999", "9,999"),
        (10_000, "10,000", "1万"),
        (999_999, "999,999", "100万"),
        (1_000_000, "1 million", "100万"),
        (6_834_000, "6.8 million", "683万"),
        (123_400_000, "123 million", "1.2億"),
        (2_000_000_000, "2 billion", "20億"),
    ],
)
def test_large_counts_are_said_the_way_people_say_them(value: int, english: str, japanese: str) -> None:
    assert EN.about(value) == english
    assert JA.about(value) == japanese


@pytest.mark.parametrize(
    ("first", "last", "english", "japanese"),
    [
        (date(2026, 11, 19), date(2026, 11, 19), "Thu, Nov 19, 2026", "2026年11月19日（木）"),
        (date(2026, 11, 1), date(2026, 11, 22), "Nov 1–22, 2026", "2026年11月1日〜22日"),
        (date(2026, 10, 26), date(2026, 11, 1), "Oct 26 – Nov 1, 2026", "2026年10月26日〜11月1日"),
        (
            date(2025, 12, 29),
            date(2026, 1, 4),
            "Dec 29, 2025 – Jan 4, 2026",
            "2025年12月29日〜2026年1月4日",
        ),
        (date(2025, 11, 1), date(2026, 11, 2), "Nov 1, 2025 – Nov 2, 2026", "2025年11月1日〜2026年11月2日"),
    ],
)
def test_a_span_of_days_says_what_is_shared_only_once(first: date, last: date, english: str, japanese: str) -> None:
    assert EN.span(first, last) == english
    assert JA.span(first, last) == japanese


def test_neighbouring_days_of_a_list_are_one_span() -> None:
    days = [date(2026, 11, 7), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 9), date(2026, 11, 8)]
    assert EN.days(days) == "Oct 31 – Nov 1, Nov 7–9"
    assert JA.days(days) == "10月31日〜11月1日、11月7日〜9日"


def test_an_axis_label_says_no_year_but_a_month_does() -> None:
    assert EN.short_span(date(2026, 11, 2), date(2026, 11, 8)) == "Nov 2–8"
    assert EN.month(date(2026, 11, 2)) == "Nov 2026"
    assert JA.month(date(2026, 11, 2)) == "2026年11月"


def test_an_instant_is_shown_in_utc_whatever_zone_it_came_in() -> None:
    tokyo = datetime(2026, 11, 23, 8, 5, tzinfo=timezone(timedelta(hours=9)))
    assert EN.instant(tokyo) == EN.instant(tokyo.astimezone(UTC)) == "Nov 22, 23:05 UTC"
    assert JA.instant(tokyo) == "11月22日 23:05 UTC"


@pytest.mark.parametrize(("seconds", "shown"), [(59, "0 h 0 min"), (60, "0 h 1 min"), (3_660, "1 h 1 min")])
def test_a_length_of_time_is_shown_in_whole_minutes(seconds: int, shown: str) -> None:
    assert EN.duration(seconds) == shown


def test_dollars_stay_dollars_in_every_language() -> None:
    assert EN.usd(1_234_560_000_000) == JA.usd(1_234_560_000_000) == "$1,234.56"
