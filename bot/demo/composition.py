"""The playground put together: an invented company, its Slack workspace, and the real bot between them.

Everything between the three is real: HTTP on loopback, signatures, a database file. Only the keys are made up anew at
each start, and the clock can be moved.
"""

import logging
import queue
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType

from bot.app import Bot
from bot.config import load_settings
from bot.delivery.deliver import next_due
from bot.demo import every_source, routes
from bot.demo.cast import CAST, CHANNELS
from bot.demo.clock import MovableClock
from bot.demo.company import Company
from bot.demo.company.faults import Faults
from bot.demo.company.server import usage_app
from bot.demo.exporting import Exporters
from bot.demo.forwarding import with_telemetry
from bot.demo.gateway.server import VIEWER_KEY
from bot.demo.journal import JournalHandler
from bot.demo.machine import Machine
from bot.demo.playground import Backstage, playground_app
from bot.demo.serving import serving
from bot.demo.stories import STORIES, Props
from bot.demo.workspace import Workspace
from bot.demo.workspace.sender import Sender
from bot.errors import ConfigError
from bot.listeners.commands import SUBCOMMANDS
from bot.logs import configure
from bot.periods import utc_day
from bot.runtime import Runtime
from bot.store import audit, groups, members, organization

_READY_WITH_DAYS = 35
"""A month and some days are there when the page answers; what they are compared with follows within seconds."""
GROUP = "platform"
GROUP_LEAD = "U0BORIS"
_GROUP_PEOPLE = (
    *("U0ADA", "U0BORIS", "U0EMIKO", "U0FARID", "U0HARUKA"),
    *("U0HUGO", "U0KENJI", "U0LARS", "U0OLGA", "U0PRIYA"),
)
_GROUP_MAKER = "U0CHLOE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """The running demo, for the page and for tests."""

    address: str
    clock: MovableClock
    company: Company
    usage_faults: Faults
    workspace: Workspace
    sender: Sender
    machine: Machine

    @property
    def bot(self) -> Bot:
        """The bot that runs now."""
        return self.machine.bot


def play(*, port: int, socket_mode: bool) -> None:
    """Run the playground until Ctrl-C. Raises `ConfigError` when the port is taken."""
    configure("WARNING", [])
    logging.getLogger().handlers[0].setLevel(logging.WARNING)  # what is less is for the page
    ending = Ending()
    try:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, ending)
        with tempfile.TemporaryDirectory(prefix="ccost-demo-") as folder:
            print("Starting the playground: 24 people, 90 days of usage ...", flush=True)
            running_demo = playground(
                Path(folder),
                port=port,
                socket_mode=socket_mode,
                with_group=True,
                with_every_source=True,
                newest_days=_READY_WITH_DAYS,
            )
            with running_demo as running:
                print(
                    f"Playground: {running.address}\nOpen it, type /ccost me, press the buttons. Ctrl-C stops.",
                    flush=True,
                )
                ending.wait()
    except KeyboardInterrupt:
        pass
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # Python forgets our handlers before it ends
    print("Stopped; nothing was kept.")


@contextmanager
def playground(
    folder: Path,
    *,
    port: int = 0,
    socket_mode: bool = False,
    database_url: str | None = None,
    with_group: bool = False,
    with_every_source: bool = False,
    newest_days: int | None = None,
) -> Iterator[Playground]:
    """Start everything, read people and 90 days of usage, and keep it running for as long as the block lasts.

    `with_group`: an admin has made a group with a lead, and switched figures of people on. `with_every_source`: some
    people go through a proxy or straight to a cloud, and some tell of their use themselves; else all of them are
    customers of Anthropic's, and only it tells. `newest_days`: only so many days are read before the block begins, and
    the others in the background.
    """
    keys = {
        "ANTHROPIC_ADMIN_KEY": f"sk-ant-admin01-{secrets.token_hex(16)}",
        "SLACK_BOT_TOKEN": f"xoxb-{secrets.token_hex(16)}",
        "SLACK_SIGNING_SECRET": secrets.token_hex(16),
        "SLACK_APP_TOKEN": f"xapp-{secrets.token_hex(16)}",
    }
    clock = MovableClock()
    cast = routes.spread(CAST) if with_every_source else CAST
    company = Company(utc_day(clock()), cast=cast, gateway_keys=routes.GATEWAY_KEYS if with_every_source else ())
    faults = Faults()
    workspace = Workspace(
        cast=cast,
        channels=CHANNELS,
        bot_token=keys["SLACK_BOT_TOKEN"],
        signing_secret=keys["SLACK_SIGNING_SECRET"],
        app_token=keys["SLACK_APP_TOKEN"],
        clock=clock,
    )
    sender = Sender(workspace)
    verbs = [" ".join(row.words) for row in SUBCOMMANDS]
    usage = usage_app(company, clock=clock, keys=[keys["ANTHROPIC_ADMIN_KEY"]], faults=faults)
    exporters = Exporters(company, clock)
    machine = Machine(workspace, sender, clock, exporters)
    props = Props(
        clock=clock,
        company=company,
        usage_faults=faults,
        workspace=workspace,
        machine=machine,
        exporters=exporters,
    )
    backstage = Backstage(
        run_due=machine.run_due,
        next_due=lambda: machine.ask(next_due),
        is_bot_up=lambda: machine.is_up,
        stories={story.name: partial(story.tell, props) for story in STORIES},
        offered=lambda: [story.name for story in STORIES if story.is_offered(props)],
        leads=lambda: machine.ask(_leads) or (),
    )
    page = playground_app(workspace, sender, clock, backstage, verbs=verbs)
    with ExitStack() as stack:
        stack.enter_context(_told_to(workspace))
        usage_origin = stack.enter_context(serving(usage))
        try:
            front = with_telemetry(page, lambda: machine.bot.origin if machine.is_up else None)
            address = stack.enter_context(serving(front if with_every_source else page, port=port))
        except OSError as error:
            raise ConfigError(f"--port {port}: {error.strerror}. Take another, or 0 for any free one.") from None
        if not socket_mode:
            del keys["SLACK_APP_TOKEN"]
        if with_every_source:
            keys |= {
                "LITELLM_API_KEY": VIEWER_KEY,
                "LITELLM_BASE_URL": stack.enter_context(serving(every_source.proxy(company, clock))),
                "CCOST_PUBLIC_URL": address,
            }
        settings = load_settings(
            keys
            | {
                "ANTHROPIC_BASE_URL": usage_origin,
                "SLACK_API_URL": workspace.api_url(address),
                "CCOST_DATABASE_URL": database_url or f"sqlite:///{folder / 'ccost.db'}",
                "CCOST_ADMINS": ",".join(person.slack_user_id for person in CAST if person.role == "admin"),
                "CCOST_PORT": "0",
            },
            env_file=None,
        )
        machine.install(settings, address)
        stack.callback(machine.stop)
        machine.start(newest_days=newest_days)
        if with_group:
            machine.ask(_make_group)
        if with_every_source:
            machine.ask(every_source.link)
            exporters.join(*machine.ask(partial(every_source.connect, company, cast)) or ())
            machine.read_telemetry()
        if newest_days is not None:
            machine.keep_time()
        yield Playground(
            address=address,
            clock=clock,
            company=company,
            usage_faults=faults,
            workspace=workspace,
            sender=sender,
            machine=machine,
        )


@contextmanager
def _told_to(workspace: Workspace) -> Iterator[None]:
    """Show what the bot logs beside the conversation."""
    handler = JournalHandler(workspace.team.journal)
    ours = logging.getLogger("bot")
    level = ours.level
    ours.setLevel(logging.INFO)
    ours.addHandler(handler)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.setLevel(level)


def _make_group(rt: Runtime) -> None:
    """Do what an admin would who types `settings groups make`, `settings groups lead` and `settings people on`."""
    now = rt.clock()
    with rt.sessions.begin() as session:
        found = {one: member.member_id for one in _GROUP_PEOPLE if (member := members.by_slack_id(session, one))}
        group_id = groups.make(session, GROUP, found.values(), by=_GROUP_MAKER, at=now)
        groups.set_leads(session, group_id, {found[GROUP_LEAD]})
        organization.decide(session, replace(organization.policy(session), people_enabled=True))
        for act, target in (
            ("group_made", f"group/{group_id}"),
            ("lead_set", f"group/{group_id}/{GROUP_LEAD}"),
            ("people_on", "organization"),
        ):
            audit.note(session, actor=_GROUP_MAKER, act=act, target=target, at=now)


def _leads(rt: Runtime) -> set[str]:
    with rt.sessions() as session:
        leads = {one for group in groups.listed(session) for one in group.leads}
        known = {one.slack_user_id: members.by_slack_id(session, one.slack_user_id) for one in CAST if leads}
    return {slack_id for slack_id, member in known.items() if member and member.member_id in leads}


class Ending:
    """Ends the playground when a signal says so, and quietly however often it does.

    While everything starts, the first signal interrupts; once it runs, a signal is only noted. A queue, because an
    event must not be set by a handler that interrupts its own waiting.
    """

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._interrupts = True

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self._asked.put(number)
        if self._interrupts:
            self._interrupts = False
            raise KeyboardInterrupt

    def wait(self) -> None:
        """Wait for a signal."""
        self._interrupts = False
        self._asked.get()
