"""Settings: the only reader of the environment.

Names are the operator's contract. A secret may also come from a file named by `NAME_FILE`. A source is enabled by its
credentials being present.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import ConfigError
from bot.text import languages

_SLACK_USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}", re.ASCII)
_KEY_KINDS = {
    "slack_bot_token": "xoxb-",
    "slack_app_token": "xapp-",
    "anthropic_admin_key": "sk-ant-",
    "anthropic_analytics_key": "sk-ant-",
}
"""How each vendor's key begins: the commonest mistake is the right key in the wrong place."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """Everything an operator can choose. Frozen; secrets print as stars."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    anthropic_admin_key: SecretStr | None = None
    anthropic_analytics_key: SecretStr | None = None
    """Opens the analytics of an Enterprise organization and nothing else: the weaker key, so it is preferred."""
    anthropic_base_url: str = "https://api.anthropic.com"
    litellm_base_url: str | None = None
    litellm_api_key: SecretStr | None = None
    ccost_database_url: SecretStr = SecretStr("sqlite:///ccost.db")
    """A secret, because a PostgreSQL URL holds a password."""
    ccost_host: str = "127.0.0.1"
    ccost_port: int = Field(default=3000, ge=0, le=65535)
    ccost_public_url: str | None = None
    """Where Claude Code's telemetry is to be sent, as people's machines see this program."""
    ccost_admins: str = ""
    ccost_timezone: str = "UTC"
    ccost_language: str = "en"
    ccost_poll_minutes: int = Field(default=30, ge=1, le=1440)
    ccost_backfill_days: int = Field(default=90, ge=7, le=365)
    ccost_precedence: str = ""
    ccost_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls with these names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values only from `load_settings`, which says which environment is meant."""
        return (init_settings,)

    @field_validator("slack_api_url", "anthropic_base_url", "litellm_base_url", "ccost_public_url")
    @classmethod
    def _origin(cls, url: str | None, about: ValidationInfo) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
            raise ValueError("give a URL such as https://host, without user, password or query")
        at_home = _is_private(parts.hostname) and about.field_name == "litellm_base_url"
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not at_home:
            raise ValueError("plain http is only for this machine; use https")
        return url

    @field_validator("ccost_database_url")
    @classmethod
    def _database(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")
        return url

    @field_validator("ccost_timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        if name not in available_timezones():
            wanted = name.casefold()
            near = sorted(zone for zone in available_timezones() if wanted and wanted in zone.casefold())[:3]
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ValueError(f"give an IANA zone such as Asia/Tokyo{hint}")
        return name

    @field_validator("ccost_language")
    @classmethod
    def _language(cls, name: str) -> str:
        if name not in languages():
            raise ValueError(f"give one of {', '.join(languages())}")
        return name

    @field_validator("ccost_admins")
    @classmethod
    def _admins(cls, ids: str) -> str:
        wrong = [one for one in _words(ids) if not _SLACK_USER_ID.fullmatch(one)]
        if wrong:
            raise ValueError("give Slack user ids such as U012ABCDEF, with commas between (profile, ⋮, Copy member ID)")
        return ids

    @model_validator(mode="after")
    def _pairs(self) -> "Settings":
        if self.slack_app_token and not self.slack_bot_token:
            raise ValueError("SLACK_BOT_TOKEN is missing: SLACK_APP_TOKEN opens the socket, SLACK_BOT_TOKEN speaks")
        for one, other in (("litellm_base_url", "litellm_api_key"), ("litellm_api_key", "litellm_base_url")):
            if getattr(self, one) and not getattr(self, other):
                raise ValueError(f"{other.upper()} is missing: {one.upper()} is set, and they belong together")
        for name, prefix in _KEY_KINDS.items():
            secret: SecretStr | None = getattr(self, name)
            if secret and not secret.get_secret_value().startswith(prefix):
                raise ValueError(f"{name.upper()} does not begin with {prefix}: it looks like another kind of key")
        return self

    @cached_property
    def admins(self) -> frozenset[str]:
        """Slack user ids with the admin's rights."""
        return frozenset(_words(self.ccost_admins))

    @cached_property
    def precedence(self) -> tuple[str, ...]:
        """Source names, the most trusted first. Empty: the order of `SOURCES`."""
        return tuple(_words(self.ccost_precedence))

    @property
    def database_url(self) -> str:
        """The database URL with its password; never log it."""
        return self.ccost_database_url.get_secret_value()

    def secrets(self) -> Iterator[str]:
        """Every secret value, for the redaction filter."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr) and name != "ccost_database_url":
                yield value.get_secret_value()
        if password := urlsplit(self.database_url).password:
            yield password


def load_settings(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Read the environment over `.env`, resolve `NAME_FILE`, and check everything.

    Raises `ConfigError` with one sentence that names the setting and never shows a secret.
    """
    environ = os.environ if environ is None else environ
    from_file = {name: value or "" for name, value in (dotenv_values(env_file) if env_file else {}).items()}
    merged = {**from_file, **environ}
    known = {name.upper(): name for name in Settings.model_fields}
    values: dict[str, str] = {}
    for name, value in merged.items():
        setting = name.removesuffix("_FILE") if name.endswith("_FILE") else name
        if setting not in known:
            if name.startswith("CCOST_"):
                raise ConfigError(f"{name} is not a setting of ccost. Check its spelling in the README.")
            continue
        if setting != name and value:
            if not _is_secret(known[setting]):
                raise ConfigError(f"{name} is not a setting: only secrets may come from a file. Set {setting}.")
            if merged.get(setting):
                raise ConfigError(f"{setting} and {name} are both set. Keep one.")
            values[known[setting]] = _read_secret(name, Path(value))
        elif setting == name and value.strip():
            values[known[name]] = value.strip()
    try:
        return Settings(**values)  # type: ignore[arg-type]  # pydantic turns the strings into each field's type
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None


def require(settings: Settings, *names: str) -> None:
    """Raise `ConfigError` naming the first of the settings that is not set."""
    for name in names:
        if not getattr(settings, name.lower()):
            raise ConfigError(f"{name} is not set. The README says where to find it.")


def require_serving(settings: Settings) -> None:
    """Raise `ConfigError` unless the settings suffice to talk to Slack, by Socket Mode or by HTTP."""
    require(settings, "SLACK_BOT_TOKEN")
    if not settings.slack_app_token and not settings.slack_signing_secret:
        raise ConfigError("Set SLACK_APP_TOKEN (Socket Mode, no public address needed) or SLACK_SIGNING_SECRET (HTTP).")


def is_loopback(url: str) -> bool:
    """Say whether a URL points to this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def _is_private(host: str) -> bool:
    """Say whether a host is inside one's own network: where a proxy beside us usually speaks plain HTTP."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local", ".svc"))


def _is_secret(field: str) -> bool:
    return "SecretStr" in str(Settings.model_fields[field].annotation)


def _read_secret(name: str, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if not path.is_relative_to("/run/secrets") and stat.S_IMODE(mode) & 0o077:
            raise ConfigError(f"{name}: other users of this machine can read {path}. Run: chmod 600 {path}")
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{name}: cannot read {path} ({error.strerror}).") from None
    if not text:
        raise ConfigError(f"{name}: {path} is empty.")
    return text


def _sentence(error: ValidationError) -> str:
    """One line for the first fault, without the value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    why = str(first["msg"]).removeprefix("Value error, ")
    name = str(first["loc"][0]).upper() if first["loc"] else ""
    return f"{name}: {why}." if name else f"{why}."


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
