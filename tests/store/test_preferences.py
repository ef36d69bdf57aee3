"""What members have chosen for themselves."""

from bot.people import Person, Standing
from bot.store import addressees, members, preferences
from bot.store.engine import Store
from tests.store.readings import HOUR, NOON

KENJI, ADA = "U0KENJI", "U0ADA"


def people(store: Store, locale: str = "ja-JP") -> dict[str, int]:
    hired = [
        Person(slack_user_id=who, display_name=who, standing=Standing.MEMBER, email=None, locale=locale, tz="UTC")
        for who in (KENJI, ADA)
    ]
    with store.sessions.begin() as session:
        members.sync(session, hired, NOON)
        return {who: row.member_id for who in (KENJI, ADA) if (row := members.by_slack_id(session, who))}


def test_a_chosen_language_stands_before_slacks_and_goes_back_to_it(store: Store) -> None:
    kenji = people(store)[KENJI]
    with store.sessions.begin() as session:
        preferences.put_language(session, kenji, "en")
        found = members.by_slack_id(session, KENJI)
        assert found is not None
        assert (found.language, found.locale) == ("en", "en")
        assert addressees.of_members(session, [kenji])[kenji].locale == "en"
    people(store, locale="fr-FR")  # Slack's next listing does not undo the choice
    with store.sessions.begin() as session:
        found = members.by_slack_id(session, KENJI)
        assert found is not None
        assert found.locale == "en"
        preferences.put_language(session, kenji, None)
        found = members.by_slack_id(session, KENJI)
        assert found is not None
        assert (found.language, found.locale) == (None, "fr-FR")


def test_tips_are_wanted_until_somebody_says_otherwise_and_each_person_for_themselves(store: Store) -> None:
    ids = people(store)
    with store.sessions.begin() as session:
        assert preferences.wants_tips(session, ids[KENJI])
        preferences.put_tips_off(session, ids[KENJI], NOON + HOUR)
        assert not preferences.wants_tips(session, ids[KENJI])
        assert preferences.wants_tips(session, ids[ADA])
        preferences.put_tips_off(session, ids[KENJI], None)
        assert preferences.wants_tips(session, ids[KENJI])
