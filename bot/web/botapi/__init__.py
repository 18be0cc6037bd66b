"""A Bot API server on this machine, as strict as Telegram, for the sandbox, the tests and benchmarks."""

from bot.web.botapi.api import BotApi
from bot.web.botapi.chats import Chat, Message
from bot.web.botapi.faults import Fault, Harm
from bot.web.botapi.floods import FloodLimits
from bot.web.botapi.phones import TelegramUser
from bot.web.botapi.server import BotApiServer

__all__ = ["BotApi", "BotApiServer", "Chat", "Fault", "FloodLimits", "Harm", "Message", "TelegramUser"]
