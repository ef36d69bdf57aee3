"""What one pastes so that Claude Code sends telemetry: the same settings for a shell and for a settings file."""

import json
import shlex

PROTOCOL = "http/protobuf"
"""`grpc` is not offered."""


def environment(public_url: str, told: str) -> dict[str, str]:
    """Give the settings of Claude Code that send telemetry to ccost's address with a token."""
    return {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": PROTOCOL,
        "OTEL_EXPORTER_OTLP_ENDPOINT": public_url.rstrip("/"),
        # Not percent-encoded: Claude Code sends it as it stands.
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {told}",
    }


def as_shell(settings: dict[str, str]) -> str:
    """Write them as lines for a shell's profile."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in settings.items())


def as_settings(settings: dict[str, str]) -> str:
    """Write them as a settings file of Claude Code: a person's own, or one that an administrator rolls out."""
    return json.dumps({"env": settings}, indent=2)
