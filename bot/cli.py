"""The command line of the contract. Mishaps are one line on the error output and exit status 1."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.settings import Settings, SettingsError, read_settings

app = typer.Typer(
    help="BoneWatch: asks, warns, and calls people until one of them answers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
protocol_app = typer.Typer(help="The check-in protocol: messages/checkin.yaml.", no_args_is_help=True)
app.add_typer(protocol_app, name="protocol")
channel_app = typer.Typer(help="Second channels of caregivers who may sleep through Telegram.", no_args_is_help=True)
app.add_typer(channel_app, name="channel")
ChatId = Annotated[int, typer.Argument(help="The caregiver's chat id in Telegram.")]


def _fail(message: object) -> typer.Exit:
    first = str(message).splitlines()[0] if str(message) else type(message).__name__
    typer.echo(f"bonewatch: {first}", err=True)
    return typer.Exit(1)


def _settings() -> Settings:
    try:
        settings = read_settings()
    except SettingsError as error:
        raise _fail(error) from None
    from bot.logs import set_up_logs

    set_up_logs(settings.log_format)
    return settings


def _carried_out(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    from bot.launch import MISHAPS

    try:
        asyncio.run(work())
    except MISHAPS as error:
        raise _fail(error) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _start(settings: Settings, sandbox: bool) -> None:
    # Nothing that is read at the start is ever garbage; the collector took a quarter of the time [measured].
    # `launch.run` wakes it again.
    gc.disable()
    from bot.launch import run as run_bot

    _carried_out(lambda: run_bot(settings, sandbox))


@app.command()
def run() -> None:
    """Start the bot: on Telegram with BONEWATCH_BOT_TOKEN, else the sandbox."""
    settings = _settings()
    _start(settings, sandbox=settings.bot_token is None)


@app.command()
def sandbox() -> None:
    """Start the sandbox, even with a token set: two phones on a web page, no Telegram."""
    _start(_settings(), sandbox=True)


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = _settings()

    async def work() -> None:
        from bot.launch import opened

        async with opened(settings) as (_, done):
            typer.echo(f"migrated: {', '.join(done)}" if done else "the database is at the newest schema")

    _carried_out(work)


@app.command()
def doctor() -> None:
    """Check everything that can be wrong with a set-up, a line each; exit status 1 when one fails."""
    settings = _settings()
    from bot.doctor import examine

    checks = asyncio.run(examine(settings))
    for check in checks:
        mark = "ok  " if check.ok else "FAIL"
        typer.echo(f"{mark} {check.name}: {check.said}" + (f" → {check.mend}" if check.mend and not check.ok else ""))
    raise typer.Exit(0 if all(check.ok for check in checks) else 1)


@protocol_app.command("check")
def protocol_check(
    path: Annotated[Path | None, typer.Argument(help="A checkin.yaml; the shipped one if none.")] = None,
) -> None:
    """Validate the protocol file and every language's texts; names file and line of what is wrong."""
    from bot.protocol_file import check_all

    problems = check_all(path)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo("the protocol and all texts are in order")


@protocol_app.command("table")
def protocol_table() -> None:
    """Print the decision table (pattern, trigger, urgency, source) as Markdown."""
    from bot.protocol_file import load_protocol
    from bot.protocol_table import markdown_table

    typer.echo(markdown_table(load_protocol()), nl=False)


@app.command()
def triage() -> None:
    """Read JSON lines on standard input, write JSON lines on standard output (docs/protocol.md)."""
    from bot.protocol_file import load_protocol
    from bot.triage_lines import run_lines

    raise typer.Exit(run_lines(sys.stdin, sys.stdout, load_protocol()))


@app.command()
def recognise(
    language: Annotated[str | None, typer.Option(help="The chat's language; all lists run anyway.")] = None,
    explain: Annotated[bool, typer.Option(help="Print phrase, scope and why not.")] = False,
) -> None:
    """Read one message a line, write its labels a line: pain,fracture,cord,hypercalcemia,emergency, or none."""
    from bot.recognise_lines import run as run_lines

    raise typer.Exit(run_lines(sys.stdin, sys.stdout, language, explain))


@app.command()
def seed(
    patients: Annotated[int, typer.Option(min=1, help="How many made-up patients.")],
    checkin_time: Annotated[str, typer.Option(help="HH:MM in their zone.")] = "09:00",
    timezone: Annotated[str, typer.Option(help="An IANA zone.")] = "UTC",
    caregivers: Annotated[int, typer.Option(min=0, help="Caregivers for each patient.")] = 0,
    first_chat_id: Annotated[int, typer.Option(min=1, help="Chat ids go upward from here.")] = 1,
) -> None:
    """Fill a database with made-up, consented patients; refuses one that holds real people."""
    settings = _settings()

    async def work() -> None:
        from bot.app import load_world
        from bot.clock import SystemClock
        from bot.launch import opened
        from bot.seed import SeedRefused
        from bot.seed import seed as fill

        async with opened(settings) as (store, _):
            now = SystemClock().now()
            try:
                await fill(
                    store, load_world(settings), patients, checkin_time, timezone, caregivers, first_chat_id, now
                )
            except SeedRefused as error:
                raise _fail(error) from None
            typer.echo(f"seeded {patients} patients")

    _carried_out(work)


def _order(carry_out: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    settings = _settings()

    async def work() -> None:
        from bot.channel_orders import Orders, Refused

        try:
            await carry_out(Orders(settings))
        except Refused as error:
            raise _fail(error) from None

    _carried_out(work)


@channel_app.command("set")
def channel_set(chat_id: ChatId) -> None:
    """Keep a caregiver's address; it is read from the standard input, never from the command line."""
    is_typed = sys.stdin.isatty()
    address = (typer.prompt("Address", hide_input=True) if is_typed else sys.stdin.readline()).strip()

    async def work(orders: Any) -> None:
        typer.echo(f"chat {chat_id} is now called by {await orders.set(chat_id, address)}, too; try: channel test")

    _order(work)


@channel_app.command("remove")
def channel_remove(chat_id: ChatId) -> None:
    """Forget a caregiver's address."""

    async def work(orders: Any) -> None:
        await orders.remove(chat_id)
        typer.echo(f"chat {chat_id} is called in Telegram only")

    _order(work)


@channel_app.command("list")
def channel_list() -> None:
    """Print who has a second channel: chat id and service, never the address."""

    async def work(orders: Any) -> None:
        for chat_id, scheme in await orders.listed():
            typer.echo(f"{chat_id} {scheme}")

    _order(work)


@channel_app.command("test")
def channel_test(chat_id: ChatId) -> None:
    """Call a caregiver's address now, with a text that says it is a test."""

    async def work(orders: Any) -> None:
        await orders.test(chat_id)
        typer.echo("the service took it; ask whether it rang")

    _order(work)


def main() -> None:
    """Entry of the command `bonewatch`."""
    app()
