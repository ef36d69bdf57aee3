from pathlib import Path

import pytest

from bot.config import Settings, load_settings, require_serving
from bot.errors import ConfigError

BASE = {
    "SLACK_BOT_TOKEN": "xoxb-1-canary",
    "SLACK_APP_TOKEN": "xapp-1-canary",
    "ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-canary",
}


def load(environ: dict[str, str], env_file: Path | None = None) -> Settings:
    return load_settings(environ, env_file)


def test_three_values_are_enough() -> None:
    settings = load(BASE)
    require_serving(settings)
    assert settings.database_url == "sqlite:///ccost.db"
    assert settings.ccost_poll_minutes == 30


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"CCOST_POL_MINUTES": "5"}, "CCOST_POL_MINUTES is not a setting"),
        ({"CCOST_POLL_MINUTES": "0"}, "CCOST_POLL_MINUTES"),
        ({"CCOST_POLL_MINUTES": "soon"}, "CCOST_POLL_MINUTES"),
        ({"CCOST_TIMEZONE": "Berlin"}, "did you mean Europe/Berlin"),
        ({"CCOST_TIMEZONE": "Nowhere/Land"}, "CCOST_TIMEZONE"),
        ({"CCOST_DATABASE_URL": "mysql://x"}, "CCOST_DATABASE_URL"),
        ({"CCOST_ADMINS": "@ada"}, "CCOST_ADMINS"),
        ({"CCOST_LANGUAGE": "tlh"}, "CCOST_LANGUAGE"),
        ({"CCOST_LOG_LEVEL": "LOUD"}, "CCOST_LOG_LEVEL"),
        ({"ANTHROPIC_BASE_URL": "ftp://x"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "http://api.anthropic.com"}, "use https"),
        ({"ANTHROPIC_BASE_URL": "https://user:secret@host"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_ADMIN_KEY": "xoxb-wrong-place"}, "ANTHROPIC_ADMIN_KEY does not begin with sk-ant-"),
        ({"SLACK_BOT_TOKEN": "xapp-wrong-place"}, "SLACK_BOT_TOKEN does not begin with xoxb-"),
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is missing"),
        ({"ANTHROPIC_ANALYTICS_KEY": "xoxb-wrong-place"}, "ANTHROPIC_ANALYTICS_KEY does not begin with sk-ant-"),
        ({"LITELLM_API_KEY": "sk-canary"}, "LITELLM_BASE_URL is missing"),
        ({"LITELLM_BASE_URL": "https://litellm.example.com"}, "LITELLM_API_KEY is missing"),
        ({"LITELLM_API_KEY": "sk-canary", "LITELLM_BASE_URL": "http://litellm.example.com"}, "use https"),
        ({"LITELLM_API_KEY": "sk-canary", "LITELLM_BASE_URL": "http://8.8.8.8:4000"}, "use https"),
        ({"CCOST_PUBLIC_URL": "http://ccost"}, "use https"),
        ({"CCOST_PUBLIC_URL": "ccost.example.com"}, "CCOST_PUBLIC_URL"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence_that_names_it(changes: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(BASE | changes)
    sentence = str(caught.value)
    assert says in sentence
    assert "\n" not in sentence
    assert "canary" not in sentence
    assert "wrong-place" not in sentence


@pytest.mark.parametrize("url", ["http://litellm:4000", "http://10.1.2.3:4000/proxy", "http://litellm.ai.svc"])
def test_a_proxy_in_ones_own_network_may_speak_plain_http(url: str) -> None:
    assert load(BASE | {"LITELLM_API_KEY": "sk-canary", "LITELLM_BASE_URL": url}).litellm_base_url == url


def test_without_a_way_to_slack_it_says_which_two_there_are() -> None:
    with pytest.raises(ConfigError, match=r"SLACK_APP_TOKEN .* or SLACK_SIGNING_SECRET"):
        require_serving(load({"SLACK_BOT_TOKEN": "xoxb-1"}))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("CCOST_PORT=4000\nCCOST_HOST=127.0.0.2\n")
    settings = load({"CCOST_PORT": "5000"}, env_file)
    assert (settings.ccost_port, settings.ccost_host) == (5000, "127.0.0.2")


def test_a_secret_may_come_from_a_private_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("sk-ant-admin01-from-file\n")
    secret.chmod(0o600)
    settings = load({"ANTHROPIC_ADMIN_KEY_FILE": str(secret)})
    assert settings.anthropic_admin_key is not None
    assert settings.anthropic_admin_key.get_secret_value() == "sk-ant-admin01-from-file"


def test_a_secrets_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("sk-ant-admin01-from-file")
    secret.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        load({"ANTHROPIC_ADMIN_KEY_FILE": str(secret)})


def test_a_missing_or_empty_secrets_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_ADMIN_KEY_FILE: cannot read"):
        load({"ANTHROPIC_ADMIN_KEY_FILE": str(tmp_path / "nothing")})
    empty = tmp_path / "empty"
    empty.touch(mode=0o600)
    with pytest.raises(ConfigError, match="is empty"):
        load({"ANTHROPIC_ADMIN_KEY_FILE": str(empty)})


def test_a_secret_set_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="both set"):
        load(BASE | {"ANTHROPIC_ADMIN_KEY_FILE": "/run/secrets/key"})


def test_only_secrets_come_from_files() -> None:
    with pytest.raises(ConfigError, match="only secrets"):
        load({"CCOST_PORT_FILE": "/tmp/port"})


def test_settings_print_as_stars_and_cannot_be_changed() -> None:
    settings = load(BASE | {"CCOST_DATABASE_URL": "postgresql://ccost:pa55word@db/ccost"})
    assert "canary" not in repr(settings)
    assert "pa55word" not in repr(settings)
    assert {"xoxb-1-canary", "sk-ant-admin01-canary", "pa55word"} <= set(settings.secrets())
    with pytest.raises(ValueError, match="frozen"):
        settings.ccost_port = 1
