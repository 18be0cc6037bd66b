"""The bot as people usually write it: ConversationHandler, PicklePersistence, SQLAlchemy, PTB's own defaults.

It asks the same questions and keeps each answer in a row, committed before the next question is shown.
What a crash does to it is another matter (docs/decisions/0002).
"""

from __future__ import annotations

import argparse
import logging
import warnings
from datetime import UTC, datetime

from sqlalchemy import BigInteger, event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    PicklePersistence,
)

Context = ContextTypes.DEFAULT_TYPE

QUESTIONS = {
    "pain": ("What was your worst pain in the last 24 hours?", [str(number) for number in range(11)]),
    "pain_change": ("Is it new or different?", ["same", "new", "worse", "better"]),
    "pain_known": ("Does your care team know about it?", ["yes", "untold", "no"]),
    "bone_signs": ("Since we last spoke, any of these?", ["fall", "snap", "numbness", "weakness", "bladder", "done"]),
    "calcium_signs": ("And any of these?", ["thirst", "urine", "appetite", "nausea", "tired", "confused", "done"]),
}
NAMES = list(QUESTIONS)


class Base(DeclarativeBase):
    pass


class Answer(Base):
    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    question: Mapped[str]
    value: Mapped[str]
    given_at: Mapped[datetime]


def keyboard(name: str) -> InlineKeyboardMarkup:
    choices = QUESTIONS[name][1]
    return InlineKeyboardMarkup([[InlineKeyboardButton(c, callback_data=f"c:0:{name}:{c}")] for c in choices])


class Bot:
    def __init__(self, database_url: str) -> None:
        self.engine = create_async_engine(database_url)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", write_ahead)
        self.session = async_sessionmaker(self.engine, expire_on_commit=False)

    async def prepare(self, _application: object) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        print("ready", flush=True)

    async def checkin(self, update: Update, context: Context) -> int:
        assert update.message is not None
        context.user_data["answers"] = {}  # type: ignore[index]
        await update.message.reply_text(QUESTIONS[NAMES[0]][0], reply_markup=keyboard(NAMES[0]))
        return 0

    async def answer(self, update: Update, context: Context) -> int:
        query = update.callback_query
        assert query is not None
        assert query.data is not None
        assert update.effective_chat is not None
        _, _, name, value = query.data.split(":")
        await query.answer()
        async with self.session() as session:
            now = datetime.now(UTC).replace(tzinfo=None)
            session.add(Answer(chat_id=update.effective_chat.id, question=name, value=value, given_at=now))
            await session.commit()
        context.user_data["answers"][name] = value  # type: ignore[index]
        after = NAMES.index(name) + 1
        if after == len(NAMES):
            await query.edit_message_text("Thank you. Your answers are saved. Call your team if anything changes.")
            return ConversationHandler.END
        await query.edit_message_text(QUESTIONS[NAMES[after]][0], reply_markup=keyboard(NAMES[after]))
        return after


def write_ahead(connection: object, _record: object) -> None:
    """SQLite's write-ahead log, which many tutorials switch on: the baseline is to be a good one."""
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--token", "--api-url", "--database-url", "--pickle"):
        parser.add_argument(name, required=True)
    wish = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    bot = Bot(wish.database_url)
    conversation = ConversationHandler(
        entry_points=[CommandHandler("checkin", bot.checkin)],
        states={
            number: [CallbackQueryHandler(bot.answer, pattern=f"^c:0:{name}:")] for number, name in enumerate(NAMES)
        },
        fallbacks=[CommandHandler("checkin", bot.checkin)],
        name="checkin",
        persistent=True,
    )
    application = (
        ApplicationBuilder()
        .token(wish.token)
        .base_url(f"{wish.api_url}/bot")
        .persistence(PicklePersistence(wish.pickle))
        .post_init(bot.prepare)
        .build()
    )
    application.add_handler(conversation)
    application.run_polling()


if __name__ == "__main__":
    main()
