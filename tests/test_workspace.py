"""Reading the Slack workspace: everybody, every page, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.app import build_runtime
from bot.config import load_settings
from bot.demo.cast import CAST, CHANNELS, TEAM_ID, Persona
from bot.demo.serving import serving
from bot.demo.workspace import Workspace
from bot.demo.workspace.faults import ratelimited, refused, server_error
from bot.people import Standing
from bot.runtime import Runtime
from bot.store import channels, members
from bot.workspace import SCOPES, identify, look_up, refresh
from tests.canaries import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

CROWD = tuple(
    Persona(slack_user_id=f"U0P{n:04}", name=f"Person {n}", email=f"person{n}@example.com") for n in range(450)
)


def company(cast: tuple[Persona, ...] = CAST) -> Workspace:
    return Workspace(
        cast=cast,
        channels=CHANNELS,
        bot_token=BOT_TOKEN,
        signing_secret=SIGNING_SECRET,
        app_token=APP_TOKEN,
        clock=lambda: datetime.now(UTC),
    )


@contextmanager
def connected(app: Starlette, folder: Path) -> Iterator[Runtime]:
    with serving(app) as origin:
        environ = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_API_URL": f"{origin}/api/",
            "CCOST_DATABASE_URL": f"sqlite:///{folder / 'ccost.db'}",
        }
        rt = build_runtime(load_settings(environ, None))
        yield rt
        rt.later.close()
        rt.store.close()


def standing(rt: Runtime, slack_user_id: str) -> Standing | None:
    with rt.sessions() as session:
        row = members.by_slack_id(session, slack_user_id)
    return row.standing if row else None


def test_slack_says_who_we_are_and_what_we_may(tmp_path: Path) -> None:
    with connected(company().app, tmp_path) as rt:
        identity = identify(rt)
    assert identity.team_id == TEAM_ID
    assert identity.scopes == set(SCOPES)


def test_everybody_is_read_whatever_the_page(tmp_path: Path) -> None:
    workspace = company((*CAST, *CROWD))
    with connected(workspace.app, tmp_path) as rt:
        refresh(rt)
        assert all(standing(rt, person.slack_user_id) is Standing.MEMBER for person in CROWD)
        assert standing(rt, "U0WENDY") is Standing.GUEST
        assert standing(rt, "U0XAVER") is Standing.OUTSIDER
        assert standing(rt, "U0YVES") is Standing.DEACTIVATED
        assert standing(rt, "U0STANDUP") is Standing.BOT
    assert sum(call.method == "users.list" for call in workspace.calls) == 3


def test_a_listing_that_fails_changes_nobody(tmp_path: Path) -> None:
    workspace = company()
    with connected(workspace.app, tmp_path) as rt:
        refresh(rt)
        workspace.team.change_person("U0ADA", role="deactivated")
        workspace.faults.add("users.list", refused("internal_error"))
        with pytest.raises(SlackApiError):
            refresh(rt)
        assert standing(rt, "U0ADA") is Standing.MEMBER
        refresh(rt)
        assert standing(rt, "U0ADA") is Standing.DEACTIVATED


@pytest.mark.parametrize(
    ("scope", "unseen", "seen"),
    [("groups:read", "G0SECRET", "C0PARTNERS"), ("channels:read", "C0PARTNERS", "G0SECRET")],
)
def test_a_missing_scope_costs_its_own_kind_of_channels_and_nothing_else(
    tmp_path: Path, scope: str, unseen: str, seen: str
) -> None:
    workspace = company()
    workspace.team.change_channel("G0SECRET", bot_is_member=True)
    workspace.scopes.discard(scope)
    with connected(workspace.app, tmp_path) as rt:
        refresh(rt)
        assert standing(rt, "U0ADA") is Standing.MEMBER
        with rt.sessions() as session:
            assert channels.get(session, unseen) is None
            assert channels.get(session, seen) is not None


def test_a_rate_limit_is_waited_out(tmp_path: Path) -> None:
    workspace = company()
    with connected(workspace.app, tmp_path) as rt:
        workspace.faults.add("users.list", ratelimited("1"))
        refresh(rt)
        assert standing(rt, "U0ADA") is Standing.MEMBER


def test_a_listing_that_never_ends_is_an_error_and_changes_nobody(tmp_path: Path) -> None:
    async def endless(request: Request) -> Response:
        if request.path_params["method"] == "auth.test":
            return JSONResponse({"ok": True, "team_id": TEAM_ID, "user_id": "U0BOT"})
        return JSONResponse({"ok": True, "members": [], "response_metadata": {"next_cursor": "again"}})

    app = Starlette(routes=[Route("/api/{method}", endless, methods=["GET", "POST"])])
    with connected(app, tmp_path) as rt, pytest.raises(SlackClientError, match="does not come to an end"):
        refresh(rt)


def test_who_joined_since_the_last_look_is_asked_about_alone(tmp_path: Path) -> None:
    workspace = company()
    with connected(workspace.app, tmp_path) as rt:
        look_up(rt, user_id="U0ADA", channel_id="C0PARTNERS")
        assert standing(rt, "U0ADA") is Standing.MEMBER
        assert standing(rt, "U0BORIS") is None
        with rt.sessions() as session:
            channel = channels.get(session, "C0PARTNERS")
        assert channel is not None
        assert channel.is_shared


@pytest.mark.parametrize("fault", [refused("user_not_found"), server_error()])
def test_whom_slack_does_not_tell_about_stays_unknown(tmp_path: Path, fault: object) -> None:
    workspace = company()
    with connected(workspace.app, tmp_path) as rt:
        workspace.faults.add("users.info", fault)  # type: ignore[arg-type]  # either kind of fault
        look_up(rt, user_id="U0ADA", channel_id=None)
        assert standing(rt, "U0ADA") is None


@pytest.mark.parametrize(("error", "native"), [("invalid_blocks", False), ("internal_error", True)])
def test_charts_are_drawn_as_text_only_where_slack_says_it_knows_none(tmp_path: Path, error: str, native: bool) -> None:
    workspace = company()
    with connected(workspace.app, tmp_path) as rt:
        workspace.faults.add("blocks.validate", refused(error))
        refresh(rt)
        assert rt.native_blocks is native
        refresh(rt)
        assert rt.native_blocks


def test_the_client_that_reads_is_bound_to_the_configured_address(tmp_path: Path) -> None:
    with connected(company().app, tmp_path) as rt:
        assert isinstance(rt.slack, WebClient)
        assert rt.slack.base_url == rt.settings.slack_api_url
