"""ccost: a Slack bot that tells a team what Claude Code costs."""

__version__ = "0.1.0"
