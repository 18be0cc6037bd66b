"""The check-in as a person sees it: one question in one message that is edited in place."""

from __future__ import annotations

from datetime import timedelta

from bot.actions.relations import name_of
from bot.actions.voice import Voice
from bot.domain.press import BACK, DONE, CheckinPress, to_data
from bot.domain.protocol import Protocol, Question
from bot.domain.sitting import Sitting, before, current, last_pain, progress, same_as_usual, standing
from bot.domain.speech import Button, Lane, Message, Rows
from bot.domain.triage import known_signs
from bot.store.tables import Checkin
from bot.texts import FALLBACK, Html

# The question id under which "Same as usual" travels: `c:<check-in>:usual:same` (docs/callbacks.md).
USUAL, SAME = "usual", "same"
# A discreet prompt is opened by `c:<check-in>:open:now`.
OPEN, NOW = "open", "now"
TICKED, NOT_TICKED = "☑", "☐"
SCALE_ROWS = ((0,), (1, 2, 3, 4, 5), (6, 7, 8, 9, 10))


def card_of(sitting: Sitting) -> str:
    """The purpose under which the check-in's present message is kept."""
    return f"checkin.{sitting.part}"


async def show(voice: Voice, protocol: Protocol, checkin: Checkin, sitting: Sitting, lane: Lane = Lane.REPLY) -> None:
    """Let the check-in's message show the question that waits (or that all is answered)."""
    await voice.card(card_of(sitting), checkin.id, screen(voice, protocol, checkin, sitting), lane)


def screen(voice: Voice, protocol: Protocol, checkin: Checkin, sitting: Sitting, discreet: bool = False) -> Message:
    """The message: where we are, the question, its buttons.

    A discreet prompt shows nothing of it on a locked phone: one more tap opens it.
    """
    question = current(protocol, sitting)
    if question is None:
        return voice.message(voice.html("checkin.saved", time=voice.clock(voice.now)), _summary(voice, sitting))
    if discreet and checkin.state == "prompted" and not sitting.answers:
        begin = voice.button("checkin.begin", CheckinPress(checkin.id, OPEN, NOW), "primary")
        return voice.message(voice.html("checkin.discreet"), buttons=[[begin]])
    number, total = progress(protocol, sitting)
    head = voice.html("checkin.progress", number=number, total=total)
    parts = [head, _question(voice, protocol, checkin, sitting, question)]
    if number == 1 and not sitting.answers and sitting.part == 1:
        parts.insert(0, voice.html("checkin.hello", name=_called(voice)) if _called(voice) else "")  # type: ignore[arg-type]
    if voice.person.id != voice.about.id:  # the questions are worded for the patient
        parts.insert(0, voice.html("report.you_means", name=name_of(voice.tx, voice.about)))
    return voice.message(*parts, buttons=_buttons(voice, protocol, checkin, sitting, question))


def _called(voice: Voice) -> str:
    return voice.tx.people.name(voice.person) or ""


def _question(voice: Voice, protocol: Protocol, checkin: Checkin, sitting: Sitting, question: Question) -> Html:
    if question.id in {group.known for group in protocol.groups}:
        return _known_question(voice, protocol, checkin, sitting, question)
    key, name = f"question.{question.id}", name_of(voice.tx, voice.about)
    if checkin.since is None and voice.world.texts.has(FALLBACK, f"{key}.first"):
        return voice.html(f"{key}.first", name=name)
    since = voice.weekday(checkin.since) if checkin.since else voice.html("checkin.since_yesterday")
    return voice.html(key, since=since, name=name)


def _known_question(voice: Voice, protocol: Protocol, checkin: Checkin, sitting: Sitting, question: Question) -> Html:
    group = protocol.group_of[question.id]
    known = known_signs(protocol, group.question, sitting.answers, sitting.context)
    signs = voice.world.texts.listed(voice.language, [voice.html(f"noticed.{group.question}.{sign}") for sign in known])
    if known.keys() <= sitting.context.expected:
        return voice.html("plan.known", signs=signs)
    if known.keys() <= sitting.context.outlasted:
        return voice.html("plan.known_still", signs=signs)
    reported = [days for days in known.values() if days is not None]
    if not reported:
        return voice.html(f"question.{question.id}.usual", signs=signs)
    day = checkin.local_day - timedelta(days=min(reported))
    return voice.html(f"question.{question.id}", signs=signs, since=voice.weekday(day))


def _buttons(voice: Voice, protocol: Protocol, checkin: Checkin, sitting: Sitting, question: Question) -> Rows:
    rows: list[list[Button]] = []
    if question.kind == "scale":
        rows = [[_number(checkin, question, number) for number in row] for row in SCALE_ROWS]
        if usual := _same_button(voice, protocol, checkin, sitting):
            rows.insert(0, [usual])
    elif question.kind == "one":
        rows = [[_choice(voice, checkin, question, code)] for code in question.choices]
    else:
        ticked = sitting.ticks.get(question.id, frozenset())
        rows = [[_tick(voice, checkin, question, code, code in ticked)] for code in question.choices]
        rows.append([_done(voice, checkin, question, len(ticked))])
    if before(protocol, sitting) is not None:
        rows.append([voice.button("checkin.back", CheckinPress(checkin.id, question.id, BACK))])
    return rows


def _number(checkin: Checkin, question: Question, number: int) -> Button:
    return Button(str(number), data=to_data(CheckinPress(checkin.id, question.id, str(number))))


def _choice(voice: Voice, checkin: Checkin, question: Question, code: str) -> Button:
    return voice.button(f"choice.{question.id}.{code}", CheckinPress(checkin.id, question.id, code))


def _tick(voice: Voice, checkin: Checkin, question: Question, code: str, ticked: bool) -> Button:
    label = voice.label(f"choice.{question.id}.{code}")
    press = CheckinPress(checkin.id, question.id, ("-" if ticked else "+") + code)
    mark = TICKED if ticked else NOT_TICKED
    return voice.button("checkin.tick", press, mark=mark, label=label)


def _done(voice: Voice, checkin: Checkin, question: Question, count: int) -> Button:
    press = CheckinPress(checkin.id, question.id, DONE)
    if count:
        return voice.button("checkin.send", press, "primary", count=count)
    return voice.button("checkin.none", press, "success")


def _same_button(voice: Voice, protocol: Protocol, checkin: Checkin, sitting: Sitting) -> Button | None:
    """ "Same as usual", for somebody with known signs or known pain whose last pain we know."""
    known = any(standing(protocol, group, sitting.context) for group in protocol.groups)
    pain = last_pain(sitting.context)
    if pain is None or not (known or pain) or not same_as_usual(protocol, sitting).answered:
        return None
    return voice.button("checkin.same", CheckinPress(checkin.id, USUAL, SAME), "success", pain=pain)


def _summary(voice: Voice, sitting: Sitting) -> Html | str:
    """What was answered, in a line each: pain, then the signs."""
    lines = []
    if (pain := sitting.answers.get("pain")) is not None:
        lines.append(voice.html("summary.pain", pain=int(pain) if isinstance(pain, int) else 0))
    signs = [
        voice.html(f"noticed.{question}.{code}")
        for question in ("bone_signs", "calcium_signs")
        for code in sorted(_codes(sitting, question))
    ]
    if signs:
        lines.append(voice.html("summary.signs", signs=voice.world.texts.listed(voice.language, signs)))
    else:
        lines.append(voice.html("summary.no_signs"))
    return Html("\n".join(str(line) for line in lines))


def _codes(sitting: Sitting, question: str) -> frozenset[str]:
    value = sitting.answers.get(question)
    return value if isinstance(value, frozenset) else frozenset()
