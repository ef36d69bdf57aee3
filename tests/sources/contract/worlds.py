"""Every source's wire format, made from the same invented truth: one `World` a source."""

from bot.sources import anthropic_analytics, anthropic_claude_code, litellm, otlp
from tests.sources.contract.analytics import AnalyticsWorld
from tests.sources.contract.claude_code import ClaudeCodeWorld
from tests.sources.contract.gateway import GatewayWorld
from tests.sources.contract.telemetry import TelemetryWorld
from tests.sources.contract.world import World

WORLDS: dict[str, type[World]] = {
    anthropic_analytics.NAME: AnalyticsWorld,
    anthropic_claude_code.NAME: ClaudeCodeWorld,
    litellm.NAME: GatewayWorld,
    otlp.NAME: TelemetryWorld,
}
