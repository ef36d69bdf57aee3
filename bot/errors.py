"""Every error of ours, by what the caller must do.

BotError
├── ConfigError            do not start: the sentence names the setting and how to mend it; exit 2
├── SourceError            a usage API could not be read; what is stored stays
│   ├── SourceUnavailable  wait: the next tick asks again           (timeout, 429, 5xx, 529)
│   ├── SourceRejected     a person must act: tell the admins       (401, 403, spend-cap 429)
│   └── SourceChanged      a developer must act: keep the last good days (shape, unit, currency)
└── UserError              answer the person, privately, in their language; never logged as an error

A message never carries a body, a token or a header.
"""


class BotError(Exception):
    """Anything that ccost itself raises on purpose."""


class ConfigError(BotError):
    """A setting is missing or wrong. The sentence names the setting and says what to do."""


class SourceError(BotError):
    """A usage API could not be read. Its message is safe to log and to show."""

    status: int | None = None
    """Of the HTTP answer that said so, where one came."""

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source}: {why}")
        self.source = source
        self.why = why


class SourceUnavailable(SourceError):
    """Nobody's fault: the next tick asks again."""


class SourceRejected(SourceError):
    """The key or its rights are refused: waiting does not help, a person must act."""


class SourceChanged(SourceError):
    """The answer is not what the contract says: the last good days stay until a developer has looked."""


class SourceAbsent(SourceError):
    """Nothing to do: this organization does not have the source, or the key does not open it; others stand in."""


class UserError(BotError):
    """Something a person typed cannot be done. `key` names the sentence in `locales/` that says the right form."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
