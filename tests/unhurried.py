"""A bot that takes any number of questions a minute from one person, for tests that ask many."""

from bot.demo.composition import Playground

ANY_NUMBER = 1_000_000


def unhurried(running: Playground) -> Playground:
    """Let the bot that runs now answer everybody at any pace."""
    running.bot.rt.pace.most = ANY_NUMBER
    return running
