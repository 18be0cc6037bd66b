"""What people send us, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.press import Press

# The sign itself, its small form and its wide form.
WITHOUT_AT = str.maketrans("", "", "@\ufe6b\uff20")


@dataclass(frozen=True)
class Sender:
    """Who sent it: their private chat's id, how Telegram shows them, and their app's language."""

    chat_id: int
    first_name: str = ""
    username: str | None = None
    language: str | None = None

    @property
    def handle(self) -> str:
        """The name as Telegram shows it, such as "Ana (@ana)".

        Anybody may choose any first name, "Ana (@ana)" too, but a username is somebody's own: only that has an @.
        """
        name = self.first_name.translate(WITHOUT_AT)
        return f"{name} (@{self.username})" if self.username else name


@dataclass(frozen=True)
class Tap:
    """A button was tapped. `press` is None for data that we never made."""

    press: Press | None
    message_id: int | None
    query_id: str


@dataclass(frozen=True)
class Text:
    """A typed line."""

    text: str


@dataclass(frozen=True)
class Command:
    """A command such as /start with what follows it."""

    name: str
    argument: str = ""


@dataclass(frozen=True)
class Location:
    """A shared location, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class SharedContact:
    """A shared contact card."""

    phone: str


@dataclass(frozen=True)
class Media:
    """Something we cannot read: sticker, voice, photo, document, video, and so on."""

    kind: str
    caption: str = ""


@dataclass(frozen=True)
class Edited:
    """An earlier message was changed."""

    text: str


@dataclass(frozen=True)
class Membership:
    """The person blocked us (False) or let us in again (True)."""

    reachable: bool


@dataclass(frozen=True)
class Member:
    """Somebody in a group, by what they are called in Telegram."""

    user_id: int
    name: str


@dataclass(frozen=True)
class InGroup:
    """Something happened in a group; `added` when the bot was put into it, `left` when it was taken out.

    What people write to each other there is never kept: only that something was written, and a command to us.
    """

    group_id: int
    title: str = ""
    added: bool = False
    left: bool = False
    moved_to: int | None = None
    written: bool = False
    command: Command | None = None
    by_admin: bool = False  # sent in the group's own name: Telegram lets only its administrators do that
    query_id: str | None = None
    press: Press | None = None
    came: tuple[Member, ...] = ()
    went: tuple[Member, ...] = ()


@dataclass(frozen=True)
class GroupSeen:
    """Our own note to ourselves: who leads a group, asked because somebody there followed an invitation."""

    group_id: int
    title: str
    invitation: int
    by: Member
    by_admin: bool
    language: str
    admins: tuple[int, ...]
    people: int


@dataclass(frozen=True)
class Undeliverable:
    """Our own note to ourselves: this chat cannot be reached; `alert` if it was about one."""

    chat_id: int
    alert: int | None
    moved_to: int | None = None


Content = (
    Tap | Text | Command | Location | SharedContact | Media | Edited | Membership | InGroup | GroupSeen | Undeliverable
)


@dataclass(frozen=True)
class Incoming:
    """One update, read."""

    update_id: int
    sender: Sender
    content: Content
