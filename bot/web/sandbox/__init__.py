"""The sandbox: a page with phones, so that everybody can live a morning with the bot without Telegram."""

from bot.web.sandbox.page_app import make_sandbox
from bot.web.sandbox.page_server import SandboxServer
from bot.web.sandbox.sandbox_time import SandboxTime

__all__ = ["SandboxServer", "SandboxTime", "make_sandbox"]
